package mcpclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Tool is a tool as its server defines it.
type Tool struct {
	Name        string          `json:"name"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	InputSchema json.RawMessage `json:"inputSchema"`
	Annotations struct {
		ReadOnly    bool  `json:"readOnlyHint"`
		Destructive *bool `json:"destructiveHint"`
	} `json:"annotations"`
	Raw json.RawMessage `json:"-"` // all of it
}

// member is a member of a JSON object.
type member struct {
	name string
	raw  json.RawMessage
}

// members reads a JSON object in its order.
func members(raw json.RawMessage) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil {
		return nil, err
	} else if t != json.Delim('{') {
		return nil, errors.New("no object")
	}
	var out []member
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string) // names of members are
		m := member{name: name}
		if err := d.Decode(&m.raw); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// shape is what a schema says, with what it refers to and combines taken in: enough to guide a person, not to validate.
type shape struct {
	root     json.RawMessage
	types    []string
	enum     []json.RawMessage
	required []string
	props    []member
	items    json.RawMessage
	text     string
	closed   bool // additionalProperties: false
}

// maxParts bounds how many schemas are taken together: references may run in circles, and branch as they do.
const maxParts = 100

// shapeOf reads a schema of the document root.
func shapeOf(root, raw json.RawMessage) shape {
	s := shape{root: root}
	left := maxParts
	s.take(raw, &left)
	slices.SortStableFunc(s.props, func(a, b member) int { return s.rank(a.name) - s.rank(b.name) })
	return s
}

// rank puts what is required first, in the order of that list.
func (s *shape) rank(name string) int {
	if i := slices.Index(s.required, name); i >= 0 {
		return i
	}
	return len(s.required)
}

func (s *shape) take(raw json.RawMessage, left *int) {
	var x struct {
		Type        json.RawMessage   `json:"type"`
		Enum        []json.RawMessage `json:"enum"`
		Const       json.RawMessage   `json:"const"`
		Required    []string          `json:"required"`
		Properties  json.RawMessage   `json:"properties"`
		Items       json.RawMessage   `json:"items"`
		Description string            `json:"description"`
		Ref         string            `json:"$ref"`
		Additional  json.RawMessage   `json:"additionalProperties"`
		AllOf       []json.RawMessage `json:"allOf"`
		AnyOf       []json.RawMessage `json:"anyOf"`
		OneOf       []json.RawMessage `json:"oneOf"`
	}
	if *left == 0 {
		return
	}
	*left--
	if json.Unmarshal(raw, &x) != nil {
		return
	}
	var one string
	var many []string
	if json.Unmarshal(x.Type, &one) == nil && one != "" {
		many = []string{one}
	} else if json.Unmarshal(x.Type, &many) != nil {
		many = nil
	}
	for _, t := range many {
		if !slices.Contains(s.types, t) {
			s.types = append(s.types, t)
		}
	}
	s.enum = append(s.enum, x.Enum...)
	if x.Const != nil {
		s.enum = append(s.enum, x.Const)
	}
	s.required = append(s.required, x.Required...)
	if s.text == "" {
		s.text = x.Description
	}
	if s.items == nil {
		s.items = x.Items
	}
	s.closed = s.closed || string(x.Additional) == "false"
	if x.Properties != nil {
		props, err := members(x.Properties)
		if err != nil {
			return
		}
		for _, p := range props {
			if !slices.ContainsFunc(s.props, func(m member) bool { return m.name == p.name }) {
				s.props = append(s.props, p)
			}
		}
	}
	if x.Ref != "" {
		s.take(pointed(s.root, x.Ref), left)
	}
	for _, sub := range slices.Concat(x.AllOf, x.AnyOf, x.OneOf) {
		s.take(sub, left)
	}
}

// pointed finds what a reference inside the document (#/…) points at; nil when there is nothing.
func pointed(root json.RawMessage, ref string) json.RawMessage {
	path, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil
	}
	at := root
	for _, step := range strings.Split(path, "/")[1:] {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		var object map[string]json.RawMessage
		if json.Unmarshal(at, &object) != nil {
			return nil
		}
		at = object[step]
	}
	return at
}

// prop is the shape of a property; ok is false for one that the schema does not name.
func (s *shape) prop(name string) (shape, bool) {
	for _, p := range s.props {
		if p.name == name {
			return shapeOf(s.root, p.raw), true
		}
	}
	return shape{}, false
}

// literals are the values that a shape allows, as JSON, if it names them all.
func (s *shape) literals() []string {
	var out []string
	for _, e := range s.enum {
		out = append(out, string(e))
	}
	if len(out) == 0 && slices.Contains(s.types, "boolean") {
		out = []string{"true", "false"}
	}
	return out
}

func (s *shape) typeName() string {
	switch {
	case len(s.types) == 0 && len(s.enum) > 0:
		return "enum"
	case len(s.types) == 0 && len(s.props) > 0:
		return "object"
	case len(s.types) == 0:
		return "any"
	case len(s.types) == 1 && s.types[0] == "array" && s.items != nil:
		item := shapeOf(s.root, s.items)
		if item.items = nil; item.typeName() != "any" { // lists of lists may go on for ever
			return "array of " + item.typeName()
		}
	}
	return strings.Join(s.types, " or ")
}

// arguments is the shape of a tool's arguments.
func (t Tool) arguments() shape { return shapeOf(t.InputSchema, t.InputSchema) }

// example is a call with a value in each required argument's place.
func (t Tool) example() string {
	args := t.arguments()
	left := maxParts
	return "call " + quoteWord(t.Name) + " " + args.example(&left)
}

// example is an object with the required members; left is how many more there may be.
func (s *shape) example(left *int) string {
	var parts []string
	for _, p := range s.props {
		if !slices.Contains(s.required, p.name) || *left == 0 {
			continue
		}
		*left--
		sub := shapeOf(s.root, p.raw)
		v := `"…"`
		switch {
		case len(sub.enum) > 0:
			v = string(sub.enum[0])
		case len(sub.types) == 0 && len(sub.props) == 0:
		case len(sub.types) == 0, sub.types[0] == "object":
			v = sub.example(left)
		case sub.types[0] == "integer", sub.types[0] == "number":
			v = "1"
		case sub.types[0] == "boolean":
			v = "true"
		case sub.types[0] == "array":
			v = "[]"
		case sub.types[0] == "null":
			v = "null"
		}
		parts = append(parts, jsonString(p.name)+": "+v)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// jsonString writes a string as JSON, without the escapes for HTML.
func jsonString(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil { // a string always can
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
