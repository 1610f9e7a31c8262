# family = "damaged"
# tries = "a program in place of a notebook"
# damage = true
# state = "unreadable"
# says = "no text in UTF-8|its JSON is cut off"
def damage(notebook):
    return "#!/bin/sh\ntouch @CANARY@\n"
