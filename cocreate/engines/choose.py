def open_engine(settings, resolved):
    from cocreate.engines.scripted import ScriptedEngine
    return ScriptedEngine(delay=0.01)
def open_scorer(settings, resolved, engine):
    return engine
