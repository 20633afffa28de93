"""Language models behind one protocol, `agents.contracts.Engine`. Nothing heavy is imported before it is used."""
