# family = "damaged"
# tries = "JSON with numbers of a million digits, NaNs and doubled keys"
# damage = true
# state = "unreadable"
# says = "damaged"
def damage(notebook):
    return '{"nbformat": ' + "9" * 1_000_000 + ', "cells": NaN, "cells": []}'
