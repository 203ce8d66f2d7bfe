# SPDX-License-Identifier: GPL-2.0
"""References that are made from what they describe, when the documentation is built.

``.. manual:: FILE``
    the manual page, as man shows it
``.. netlink-family:: FILE``
    commands, attributes and definitions of a specification of a netlink family
``.. json-schema:: FILE``
    the objects of a JSON schema and their keys

Links to other pages are written as ``page.rst``, so that they work where the source is
read; here they become links to the pages that are made.
"""
import json
import pathlib
import re
import subprocess

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import nested_parse_with_titles


class FromFile(SphinxDirective):
	"""A directive whose one argument is a file, relative to the page."""

	required_arguments = 1

	def read(self):
		relative, path = self.env.relfn2path(self.arguments[0])
		self.env.note_dependency(relative)
		return pathlib.Path(path)

	def parse(self, lines):
		"""The nodes that lines of reST make."""
		parent = nodes.section()
		parent.document = self.state.document
		nested_parse_with_titles(self.state, StringList(lines, self.arguments[0]), parent)
		return parent.children


class Manual(FromFile):
	def run(self):
		page = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=92", str(self.read())],
		                      check=True, capture_output=True, text=True).stdout
		# Bold and underlined characters are typed over.
		text = re.sub(".\b", "", page)
		return [nodes.literal_block(text, text, language="none")]


def title(text, mark):
	return ["", text, mark * len(text), ""]


def table(head, rows, widths):
	"""A list-table; a cell is one line of reST."""
	lines = ["", ".. list-table::", "   :header-rows: 1",
	         f"   :widths: {' '.join(map(str, widths))}", ""]
	for first, *others in [head, *rows]:
		lines.append(f"   * - {first}")
		lines += [f"     - {cell}" for cell in others]
	return lines + [""]


def flat(text):
	"""What a description is in one line."""
	return re.sub(r"([*`|_\\])", r"\\\1", " ".join((text or "").split()))


class NetlinkFamily(FromFile):
	def run(self):
		spec = yaml.safe_load(self.read().read_text(encoding="utf-8"))
		name = spec["name"]
		lines = [f"Family ``{name}``, {spec['protocol']}.", "", flat(spec["doc"]), ""]
		lines += title("Commands", "=")
		for operation in spec["operations"]["list"]:
			lines += self.operation(operation)
		lines += title("Attributes", "=")
		for attributes in spec["attribute-sets"]:
			lines += self.attributes(name, attributes)
		lines += title("Definitions", "=")
		for definition in spec["definitions"]:
			lines += self.definition(name, definition)
		return self.parse(lines)

	@staticmethod
	def operation(operation):
		kind = "dump" if "dump" in operation else "do"
		lines = title(operation["name"], "-")
		lines += [flat(operation["doc"]), ""]
		for part in ("request", "reply"):
			names = operation[kind][part]["attributes"]
			lines += [f":{kind} {part}: " + ", ".join(f"``{n}``" for n in names)]
		return lines + [f":attributes: :ref:`netlink-set-{operation['attribute-set']}`", ""]

	@staticmethod
	def attributes(family, attributes):
		rows = []
		for attribute in attributes["attributes"]:
			what = attribute["type"]
			if "nested-attributes" in attribute:
				what = f":ref:`netlink-set-{attribute['nested-attributes']}`"
			elif "enum" in attribute:
				what += f", :ref:`netlink-enum-{attribute['enum']}`"
			if attribute.get("multi-attr"):
				what += ", repeated"
			if what != "pad":
				rows.append((f"``{attribute['name']}``", what, flat(attribute.get("doc"))))
		lines = ["", f".. _netlink-set-{attributes['name']}:"]
		lines += title(attributes["name"], "-")
		lines += [flat(attributes.get("doc")), ""]
		return lines + table(("attribute", "type", "meaning"), rows, (22, 20, 58))

	@staticmethod
	def definition(family, definition):
		bits = definition["type"] == "flags"
		rows = []
		for i, entry in enumerate(definition["entries"]):
			entry = entry if isinstance(entry, dict) else {"name": entry}
			number = f"1 << {i}" if bits else str(i)
			rows.append((f"``{entry['name']}``", number, flat(entry.get("doc"))))
		lines = ["", f".. _netlink-enum-{definition['name']}:"]
		lines += title(definition["name"], "-")
		lines += [flat(definition.get("doc")), ""]
		return lines + table(("name", "bit" if bits else "value", "meaning"), rows, (22, 12, 66))


class JsonSchema(FromFile):
	def run(self):
		schema = json.loads(self.read().read_text(encoding="utf-8"))
		self.defs = schema["$defs"]
		lines = [flat(schema["description"]), ""]
		for name, part in self.defs.items():
			if self.keys(part):
				lines += self.object(name, part)
		return self.parse(lines)

	@staticmethod
	def keys(part):
		"""The keys of an object, those of some of them only with what they are of."""
		keys = [(key, value, "") for key, value in part.get("properties", {}).items()]
		for branch in part.get("allOf", []):
			(key, test), = branch["if"]["properties"].items()
			of = ", ".join(test.get("enum", [test.get("const")]))
			keys += [(k, v, f"{key} {of}") for k, v in branch["then"].get("properties", {}).items()]
		return keys

	def object(self, name, part):
		required = set(part.get("required", []))
		for branch in part.get("allOf", []):
			required.update(branch["then"].get("required", []))
		rows = [(f"``{key}``" + ("" if key in required else " (optional)"), self.type(value),
		         ". ".join(filter(None, [of and f"Of {of}", flat(self.meaning(value))])))
		        for key, value, of in self.keys(part)]
		lines = ["", f".. _json-{name}:"] + title(name, "=")
		lines += [flat(part.get("description")), ""]
		return lines + table(("key", "value", "meaning"), rows, (24, 26, 50))

	def meaning(self, part):
		"""A description, and the keys of an object that has no section of its own."""
		text = part.get("description")
		if "$ref" in part:
			text = text or self.defs[part["$ref"].rpartition("/")[2]].get("description")
		keys = ", ".join(part.get("items", part).get("properties", {}))
		return "; ".join(filter(None, [text, keys and f"with {keys}"]))

	def type(self, part):
		"""What a value is, in a few words."""
		if "$ref" in part:
			name = part["$ref"].rpartition("/")[2]
			part = self.defs[name]
			if self.keys(part):
				return f":ref:`json-{name}`"
		if "const" in part:
			return f"``{json.dumps(part['const'])}``"
		if "enum" in part:
			words = [w or "null" for w in part["enum"]]
			return "one of " + ", ".join(f"``{w}``" for w in words)
		if "anyOf" in part:
			return " or ".join(self.type(p) for p in part["anyOf"])
		types = part["type"] if isinstance(part["type"], list) else [part["type"]]
		types = ["list of " + self.type(part["items"]) if t == "array" else t for t in types]
		return " or ".join(types)


def link_pages(app, doctree):
	"""page.rst becomes a link to that page, with a warning where there is none."""
	for link in list(doctree.findall(nodes.reference)):
		uri = link.get("refuri", "")
		if "://" in uri or not uri.endswith(".rst"):
			continue
		page = addnodes.pending_xref(
			"", nodes.inline("", link.astext()), refdomain="std", reftype="doc",
			reftarget=uri[:-len(".rst")], refexplicit=True, refwarn=True,
			refdoc=app.env.docname)
		page.source, page.line = link.source, link.line
		link.replace_self(page)


def setup(app):
	app.add_directive("manual", Manual)
	app.add_directive("netlink-family", NetlinkFamily)
	app.add_directive("json-schema", JsonSchema)
	app.connect("doctree-read", link_pages)
	return {"parallel_read_safe": True}
