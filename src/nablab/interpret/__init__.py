"""Looking inside a network: pure functions from a model and its inputs to arrays.

    from nablab.interpret import attribution

    maps = attribution.grad_cam(model, x, classes)

`attribution` says which pixels an answer rests on, `features` what units look for, `adversarial`
what deceives a net, and `circuits` how its weights work together. Each method is a file of its own.
They use `keras.ops` and run on every Keras backend.
"""
