"""What a student chooses is inert wherever it is shown.

`payloads` lists what would act if it were not, `hostile_class` puts each of them into every place
that a student can write, and the tests open everything that shows those places.
"""
