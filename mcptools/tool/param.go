package tool

import "encoding/json"

// Kind is the type of an argument.
type Kind int

// The kinds of arguments.
const (
	String     Kind = iota
	Integer         // an integer, in any form that JSON has for it
	Boolean         //
	FlowID          // the number of a flow, as a number or a string
	FlowIDs         // numbers of flows, as a list or a string with commas
	StringList      //
	Number          // a number, in seconds for a duration
	Statuses        // statuses of responses: 404, "4xx", ">=400", "none", or a list of these
)

// Param is one parameter of a tool.
type Param struct {
	Name     string
	Kind     Kind
	Doc      string // the description that the model reads
	Required bool
	Enum     []string // the accepted strings; nil: any
	// Min and Max bound a number. Max 0 does not limit an Integer.
	Min, Max  int64
	Default   any  // the value if the argument is absent; nil: the zero value
	MaxLength int  // of a string, in bytes; 0: MaxString
	Hidden    bool // accepted, but not in the schema
}

// Limits of arguments.
const (
	MaxString  = 4096 // bytes of a string, unless its Param has another limit
	MaxFlowIDs = 100  // flows that one call may name
)

// InputSchema returns the JSON Schema of a tool's arguments. It is short: limits that a caller will
// not reach, and obvious defaults, are only in the errors.
func InputSchema(params []Param) json.RawMessage {
	props := map[string]any{}
	required := []string{}
	for _, p := range params {
		if p.Hidden {
			continue
		}
		props[p.Name] = p.schema()
		if p.Required {
			required = append(required, p.Name)
		}
	}
	s := map[string]any{"type": "object", "properties": props, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	raw, _ := json.Marshal(s) // plain values: cannot fail
	return raw
}

func (p Param) schema() map[string]any {
	s := map[string]any{"description": p.Doc}
	switch p.Kind {
	case String:
		s["type"] = "string"
	case Integer:
		s["type"] = "integer"
		if p.Min > 1 {
			s["minimum"] = p.Min
		}
		if p.Max != 0 && p.Max < 1000 {
			s["maximum"] = p.Max
		}
	case Number:
		s["type"], s["minimum"], s["maximum"] = "number", p.Min, p.Max
	case Boolean:
		s["type"] = "boolean"
	case FlowID:
		s["anyOf"] = integerOrString()
	case FlowIDs:
		s["anyOf"] = []any{
			map[string]any{"type": "string"},
			map[string]any{"type": "array", "items": map[string]any{"type": "integer"}},
		}
	case Statuses:
		s["anyOf"] = append(integerOrString(), map[string]any{"type": "array", "items": map[string]any{"type": "string"}})
	case StringList:
		s["type"] = "array"
		s["items"] = map[string]any{"type": "string"}
	}
	if p.Enum != nil {
		s["enum"] = p.Enum
	}
	if p.Default != nil && p.Default != false && p.Default != 0 {
		s["default"] = p.Default
	}
	return s
}

// integerOrString returns two schemas with one type each: some clients do not support lists of
// types.
func integerOrString() []any {
	return []any{map[string]any{"type": "integer"}, map[string]any{"type": "string"}}
}

func (p Param) maxLength() int {
	if p.MaxLength != 0 {
		return p.MaxLength
	}
	return MaxString
}

// Parameters that several tools have.
var (
	FlowParam = Param{Name: "flow_id", Kind: FlowID, Required: true,
		Doc: "the number of a flow"}
	CursorParam = Param{Name: "cursor", Kind: String, MaxLength: 64,
		Doc: "next_cursor"}
	OperationParam = Param{Name: "operation", Kind: String, MaxLength: 2000,
		Doc: "METHOD PATH, path, id or URL"}
)
