"""How days are written, where Django's own way of the language does not fit here: FORMAT_MODULE_PATH."""
