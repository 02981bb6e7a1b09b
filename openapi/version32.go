package openapi

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/decode"
)

// Parts with a syntax of their own in version 3.2 are read as 3.1, or as an extension of spectap,
// so that the rest of the program knows one form. [Encode] converts back when it writes a document
// of version 3.2. Record 0082 lists the parts that are converted, and those that are not.

// from32 rewrites a document of version 3.2.
type from32 struct {
	root   map[string]any
	self   string         // the URI of the document, or ""
	sizes  map[string]int // of media types that others refer to, in bytes
	left   int            // bytes that references to media types may add
	shared bool           // the value is in components/mediaTypes
}

// maxInlined bounds the bytes that references to media types add to a document: each is a copy.
const maxInlined = 64 << 20

// lower unfolds the members of a document, and rewrites those of one of version 3.2.
func lower(top members) (members, error) {
	top, err := unfold(top)
	if err != nil {
		return nil, err
	}
	var version string
	if json.Unmarshal(top["openapi"], &version) != nil || !strings.HasPrefix(version, "3.2") {
		return top, nil
	}
	v, err := ParseJSON(top.object())
	if err != nil {
		return nil, err
	}
	root, _ := v.(map[string]any)
	r := &from32{root: root, sizes: map[string]int{}, left: maxInlined}
	r.self, _ = root["$self"].(string)
	r.value(root, DocumentLayout())
	if r.left < 0 {
		return nil, errReferences
	}
	if components, ok := root["components"].(map[string]any); ok {
		delete(components, "mediaTypes") // they stand where they are used
	}
	text, err := json.Marshal(root)
	if err != nil {
		return nil, err
	}
	out, _ := membersOf(text)
	return out, nil
}

// value rewrites a value and those below it.
func (r *from32) value(v any, kind *ObjectLayout) {
	if list, ok := v.([]any); ok {
		for _, e := range list {
			r.value(e, kind)
		}
		return
	}
	m, ok := v.(map[string]any)
	if !ok || kind.IsUnknown() {
		return
	}
	if ref, ok := m["$ref"].(string); ok && r.self != "" {
		if rest, own := strings.CutPrefix(ref, r.self+"#"); own {
			m["$ref"] = "#" + rest
		}
	}
	switch kind.Name {
	case "{Media}":
		for _, name := range slices.Sorted(maps.Keys(m)) {
			in, _ := m[name].(map[string]any)
			if m[name] = r.media(name, m[name]); in["$ref"] == nil {
				r.value(m[name], kind.Child(name))
			} // else its values are those of the component, which is visited where it stands
		}
		return
	case "Parameter", "Header":
		queryString(m)
	case "Response":
		if m["description"] == nil && m["$ref"] == nil {
			m["description"] = textOf(m, "summary")
		}
	case "Requirement":
		for name, v := range m {
			if own, ok := strings.CutPrefix(name, "#/components/securitySchemes/"); ok {
				delete(m, name)
				m[own] = v
			}
		}
	case "XML":
		nodeType(m)
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		below := r.shared
		r.shared = below || name == "mediaTypes"
		r.value(m[name], kind.Child(name))
		r.shared = below
	}
}

func textOf(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

// follow returns what a value refers to within the document, or the value itself.
func (r *from32) follow(v any) map[string]any {
	m, _ := v.(map[string]any)
	for range maxHops {
		ref, ok := m["$ref"].(string)
		pointer, isLocal := strings.CutPrefix(strings.TrimPrefix(ref, r.self), "#/")
		if !ok || !isLocal {
			break
		}
		at, _ := Lookup(r.root, "#/"+pointer)
		m, _ = at.(map[string]any)
	}
	return m
}

// media returns a Media Type Object in the form of 3.1. In 3.2, a sequence has itemSchema or a
// schema of the complete list. For lines and events, the result has the schema of one line or of
// the data of one event; for other sequences that of a list.
func (r *from32) media(name string, v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	if ref := textOf(m, "$ref"); ref != "" {
		if m = maps.Clone(r.follow(m)); m == nil || r.shared { // one that refers to itself has no end
			return map[string]any{}
		}
		if r.sizes[ref] == 0 {
			text, _ := json.Marshal(m)
			r.sizes[ref] = len(text)
		}
		r.left -= r.sizes[ref]
		if r.left < 0 {
			return map[string]any{}
		}
	}
	kind := decode.MediaType(name)
	item, hasItem := m["itemSchema"]
	delete(m, "itemSchema")
	if list := r.follow(m["schema"]); !hasItem && (decode.IsJSONLines(kind) || decode.IsEventStream(kind)) && list["type"] == "array" {
		if item, hasItem = list["items"]; hasItem {
			delete(m, "schema")
		}
	}
	switch {
	case !hasItem:
	case decode.IsEventStream(kind):
		r.events(m, item)
	case decode.IsJSONLines(kind):
		m["schema"] = item
	case m["schema"] == nil:
		m["schema"] = map[string]any{"type": "array", "items": item}
	}
	var types []any // the last is that of all further parts, as itemEncoding
	parts, _ := m["prefixEncoding"].([]any)
	if m["itemEncoding"] != nil {
		parts = append(parts, m["itemEncoding"])
	}
	for _, p := range parts {
		part, _ := p.(map[string]any)
		types = append(types, textOf(part, "contentType"))
	}
	if len(types) > 0 && m[ExtParts] == nil {
		m[ExtParts] = types
	}
	delete(m, "prefixEncoding")
	delete(m, "itemEncoding")
	return m
}

// events sets the schema of the data of events, and those of events with a name.
func (r *from32) events(m map[string]any, item any) {
	named, hasData := map[string]any{}, false
	var all []any
	alternatives := []any{item}
	for _, key := range []string{"oneOf", "anyOf"} {
		if list, ok := r.follow(item)[key].([]any); ok {
			alternatives = list
		}
	}
	for _, a := range alternatives {
		properties, _ := r.follow(a)["properties"].(map[string]any)
		data := r.follow(properties["data"])
		hasData = hasData || data != nil
		schema := data["contentSchema"]
		if schema == nil && data != nil && data["type"] != "string" {
			schema = properties["data"] // some write the schema of the JSON in place of the text
		}
		if schema == nil {
			continue
		}
		event := r.follow(properties["event"])
		name := textOf(event, "const")
		if list, ok := event["enum"].([]any); ok && len(list) == 1 {
			name, _ = list[0].(string)
		}
		if name != "" {
			named[name] = schema
		}
		all = append(all, schema)
	}
	switch {
	case !hasData: // some write the schema of the data in place of that of the event
		m["schema"] = item
	case len(all) == 1:
		m["schema"] = all[0]
	case len(all) > 1:
		m["schema"] = map[string]any{"anyOf": all}
	}
	if len(named) > 0 && m[ExtEvents] == nil {
		m[ExtEvents] = named
	}
}

// queryString replaces a parameter for a complete query string by one for its fields, if the string
// has the format of a form. style: cookie is form without escapes.
func queryString(m map[string]any) {
	if m["in"] == "cookie" && m["style"] == "cookie" {
		m["style"] = "form"
	}
	content, _ := m["content"].(map[string]any)
	for name, v := range content {
		media, _ := v.(map[string]any)
		if m["in"] == InQueryString && decode.IsForm(decode.MediaType(name)) && media["schema"] != nil {
			m["in"], m["style"], m["explode"], m["schema"] = "query", "form", true, media["schema"]
			delete(m, "content")
			return
		}
	}
}

// InQueryString is the location of a parameter that is the complete query string (3.2). [Load]
// reads one in the format of a form as a parameter in the query whose fields are those of the form;
// only others, such as JSON, have this location then.
const InQueryString = "querystring"

// nodeType writes the nodes of XML as 3.1 has them.
func nodeType(m map[string]any) {
	switch m["nodeType"] {
	case "attribute":
		m["attribute"] = true
	case "text", "cdata":
		m[ExtXMLText] = true
	case "element":
		m["wrapped"] = true // of lists, where an element is not the default
	}
	delete(m, "nodeType")
}

// raise converts the data of a document to the syntax of version 3.2: lists of lines, events and
// parts have the schema of an item, and properties that are the text of an XML element have
// nodeType. It changes v.
func raise(v any, kind *ObjectLayout) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			raise(e, kind)
		}
	case map[string]any:
		if kind.IsUnknown() {
			return
		}
		switch kind.Name {
		case "{Media}":
			for name, media := range v {
				if m, ok := media.(map[string]any); ok {
					raiseMedia(decode.MediaType(name), m)
				}
			}
		case "XML":
			if v[ExtXMLText] == true {
				delete(v, ExtXMLText)
				v["nodeType"] = "text"
			}
		}
		for name, e := range v {
			raise(e, kind.Child(name))
		}
	}
}

func raiseMedia(kind string, m map[string]any) {
	schema, ok := m["schema"].(map[string]any)
	switch {
	case decode.IsEventStream(kind):
		named, _ := m[ExtEvents].(map[string]any)
		if !ok || len(named) == 0 && schema["type"] == "string" {
			return
		}
		var events []any
		for _, name := range slices.Sorted(maps.Keys(named)) {
			events = append(events, eventSchema(name, named[name]))
		}
		m["itemSchema"] = eventSchema("", schema)
		if len(events) > 0 {
			m["itemSchema"] = map[string]any{"oneOf": events} // by their names
		}
		delete(m, "schema")
		delete(m, ExtEvents)
	case decode.IsJSONLines(kind) && ok:
		m["itemSchema"] = schema
		delete(m, "schema")
	case decode.IsMultipart(kind) && ok && schema["type"] == "array" && schema["items"] != nil:
		m["itemSchema"] = schema["items"]
		delete(m, "schema")
		types, _ := m[ExtParts].([]any)
		if len(types) == 0 {
			return
		}
		var parts []any
		for _, t := range types {
			parts = append(parts, map[string]any{"contentType": t})
		}
		if last := len(parts) - 1; last > 0 {
			m["prefixEncoding"] = parts[:last]
		}
		m["itemEncoding"] = parts[len(parts)-1]
		delete(m, ExtParts)
	}
}

// eventSchema returns the schema of a server-sent event with a name, or any if it is "". Its data
// is JSON with a schema.
func eventSchema(name string, data any) map[string]any {
	properties := map[string]any{"data": map[string]any{
		"type": "string", "contentMediaType": "application/json", "contentSchema": data,
	}}
	required := []any{"data"}
	switch name {
	case "":
		properties["event"] = map[string]any{"type": "string"}
	case UnnamedEvent: // which servers leave out
		properties["event"] = map[string]any{"const": name}
	default:
		properties["event"] = map[string]any{"const": name}
		required = append(required, "event")
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

// UnnamedEvent is the name of events without one (HTML standard, section 9.2.6).
const UnnamedEvent = "message"
