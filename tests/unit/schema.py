#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What the tests made the tool write fits Documentation/nsinspect.schema.json.

usage: schema.py FILE

FILE has JSON texts, one after the other. Each must fit; and each key that the schema
names must be in one of them, for a key that nobody writes describes nothing. Names that
the netlink family has too must be those of its specification. Results in TAP.
"""
import json
import pathlib
import sys

import jsonschema
import yaml

TOP = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = TOP / "Documentation/nsinspect.schema.json"
SPEC = TOP / "Documentation/netlink/specs/nsinspect.yaml"

# Ways to find a namespace that the tool has and the kernel's module has not.
TOOLS_OWN = {"found": ["mount"]}


def texts(path):
	"""The values in a file, each with the text that it was."""
	text = path.read_text(encoding="utf-8")
	decoder = json.JSONDecoder()
	at = 0
	seen = set()
	while text[at:at + 1]:
		value, end = decoder.raw_decode(text, at)
		if text[at:end] not in seen:
			seen.add(text[at:end])
			yield value
		at = end
		while text[at:at + 1].isspace():
			at += 1


def named_keys(schema, where="#"):
	"""All keys that a schema names: (id of the table, key) and where it is."""
	if isinstance(schema, list):
		for i, part in enumerate(schema):
			yield from named_keys(part, f"{where}/{i}")
	elif isinstance(schema, dict):
		for key in schema.get("properties", {}):
			yield (id(schema["properties"]), key), f"{where}/properties/{key}"
		for name, part in schema.items():
			yield from named_keys(part, f"{where}/{name}")


class Checker:
	"""Validates, and remembers which of the schema's keys were there."""

	def __init__(self, schema):
		base = jsonschema.Draft202012Validator
		check = base.VALIDATORS["properties"]
		self.seen = set()

		def properties(validator, table, instance, whole):
			if validator.is_type(instance, "object"):
				self.seen.update((id(table), key) for key in table if key in instance)
			yield from check(validator, table, instance, whole)

		base.check_schema(schema)
		self.validator = jsonschema.validators.extend(base, {"properties": properties})(schema)

	def faults(self, value):
		"""What does not fit, in a line each."""
		for error in self.validator.iter_errors(value):
			while error.context:
				error = jsonschema.exceptions.best_match(error.context)
			yield f"{error.json_path}: {error.message[:300]}"


def spec_names(spec, name):
	"""The entries of an enum or of flags in the specification."""
	entries = next(d for d in spec["definitions"] if d["name"] == name)["entries"]
	return [e["name"] if isinstance(e, dict) else e for e in entries]


def check_texts(checker, values):
	faults = []
	for value in values:
		faults += [f"{fault} in {json.dumps(value)[:120]}..." for fault in checker.faults(value)]
	return faults if values else ["no test has written anything"]


def check_keys(checker, schema):
	return [f"{where}: no test has written it" for key, where in named_keys(schema)
	        if key not in checker.seen]


def check_strict(checker, values):
	"""A key more, or one less, is noticed in each kind of text."""
	kinds = {(v["schema"], v.get("event"), "holding" in v): v for v in values}
	faults = []
	for kind, value in kinds.items():
		if not any(checker.faults({**value, "made_up": 1})):
			faults.append(f"{kind}: a key that is not in the schema is allowed")
		for key in value:
			less = {k: v for k, v in value.items() if k != key}
			if key not in ("counters",) and not any(checker.faults(less)):
				faults.append(f"{kind}: {key} may be missing")
	return faults


def check_names(schema, spec):
	defs = schema["$defs"]
	pairs = {
		"ns-type": defs["ns_type"]["enum"],
		"holder-kind": defs["holder_kind"]["enum"],
		"found": defs["namespace"]["properties"]["found"]["items"]["enum"],
		"watch": defs["snapshot"]["properties"]["watch"]["enum"][:-1],
		"coverage": defs["snapshot"]["properties"]["coverage"]["enum"][:-1],
	}
	return [f"{name}: {names} here, {spec_names(spec, name)} in the specification"
	        for name, names in pairs.items()
	        if names != spec_names(spec, name) + TOOLS_OWN.get(name, [])]


def main():
	schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
	spec = yaml.safe_load(SPEC.read_text(encoding="utf-8"))
	values = list(texts(pathlib.Path(sys.argv[1])))
	checker = Checker(schema)
	# In this order: what was seen is remembered by the first and asked for by the second.
	results = [
		(f"{len(values)} texts fit the schema", check_texts(checker, values)),
		("each key of the schema is in one of them", check_keys(checker, schema)),
		("a key more or less is noticed", check_strict(checker, values)),
		("names are those of the specification", check_names(schema, spec)),
	]
	print(f"1..{len(results)}")
	for number, (name, faults) in enumerate(results, 1):
		print(f"{'not ' if faults else ''}ok {number} {name}")
		for fault in faults[:20]:
			print(f"# {fault}")
	return any(faults for _, faults in results)


if __name__ == "__main__":
	sys.exit(main())
