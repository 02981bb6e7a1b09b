package mcptools

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/view"
)

// kind is what an argument may be.
type kind int

const (
	text    kind = iota // a string
	whole               // an integer
	toggle              // a boolean
	flowID              // a flow's number, as number or string
	flowIDs             // flows' numbers, as a list or a string with commas
	words               // a list of strings
	number              // a number
)

// param is one parameter of a tool.
type param struct {
	name     string
	kind     kind
	doc      string
	required bool
	enum     []string
	// least and most bound a number; most 0 is no bound of a whole one.
	least, most int64
	otherwise   any // what holds without the argument; nil: its zero value
	maxLen      int // of a text in bytes; 0 is maxText
}

// maxText is the longest text argument in bytes.
const maxText = 4096

// inputSchema is the JSON schema of a tool's arguments.
func inputSchema(params []param) json.RawMessage {
	props := map[string]any{}
	required := []string{}
	for _, p := range params {
		props[p.name] = p.schema()
		if p.required {
			required = append(required, p.name)
		}
	}
	s := map[string]any{"type": "object", "properties": props, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	raw, _ := json.Marshal(s) // plain values: cannot fail
	return raw
}

func (p param) schema() map[string]any {
	s := map[string]any{"description": p.doc}
	switch p.kind {
	case text:
		s["type"] = "string"
		s["maxLength"] = p.longest()
	case whole:
		s["type"] = "integer"
		s["minimum"] = p.least
		if p.most != 0 {
			s["maximum"] = p.most
		}
	case number:
		s["type"], s["minimum"], s["maximum"] = "number", p.least, p.most
	case toggle:
		s["type"] = "boolean"
	case flowID:
		// One type for each branch: some clients know no lists of types.
		s["anyOf"] = []any{map[string]any{"type": "integer", "minimum": 1}, map[string]any{"type": "string", "maxLength": 24}}
	case flowIDs:
		id := map[string]any{"anyOf": []any{map[string]any{"type": "integer", "minimum": 1}, map[string]any{"type": "string", "maxLength": 24}}}
		s["anyOf"] = []any{map[string]any{"type": "string", "maxLength": maxText}, map[string]any{"type": "array", "items": id, "maxItems": maxBatch}}
	case words:
		s["type"] = "array"
		s["items"] = map[string]any{"type": "string"}
	}
	if p.enum != nil {
		s["enum"] = p.enum
	}
	if p.otherwise != nil {
		s["default"] = p.otherwise
	}
	return s
}

func (p param) longest() int {
	if p.maxLen != 0 {
		return p.maxLen
	}
	return maxText
}

// args are the arguments of one call, checked.
type args map[string]any

func (a args) text(name string) string { s, _ := a[name].(string); return s }
func (a args) whole(name string) int   { n, _ := a[name].(int64); return int(n) }
func (a args) seconds(name string) time.Duration {
	n, _ := a[name].(float64)
	return time.Duration(n * float64(time.Second))
}
func (a args) toggle(name string) bool   { b, _ := a[name].(bool); return b }
func (a args) flow(name string) flow.Seq { n, _ := a[name].(flow.Seq); return n }
func (a args) flows(name string) []flow.Seq {
	list, _ := a[name].([]flow.Seq)
	return list
}
func (a args) has(name string) bool { _, ok := a[name]; return ok }
func (a args) words(name string) []string {
	w, _ := a[name].([]string)
	return w
}

// parseArgs checks a call's arguments. A null is an argument left out. The first fault, by the order of the
// parameters, is the error; arguments that the tool does not have come last.
func parseArgs(params []param, raw json.RawMessage) (args, error) {
	given := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(raw)) > 0 && !bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		if err := json.Unmarshal(raw, &given); err != nil {
			return nil, errorf(CodeBadArgument, "", "the arguments are not a JSON object")
		}
	}
	out := args{}
	for _, p := range params {
		v, ok := given[p.name]
		delete(given, p.name)
		if !ok || string(v) == "null" {
			if p.required {
				return nil, badArgument(p.name, "is missing: %s", p.doc)
			}
			if p.otherwise != nil {
				out[p.name] = p.standard()
			}
			continue
		}
		x, err := p.parse(v)
		if err != nil {
			return nil, badArgument(p.name, "%v", err)
		}
		out[p.name] = x
	}
	if len(given) > 0 {
		return nil, unknownArgument(params, given)
	}
	return out, nil
}

// standard is the value that holds without the argument, in the type that args has it in.
func (p param) standard() any {
	if n, ok := p.otherwise.(int); ok {
		if p.kind == number {
			return float64(n)
		}
		return int64(n)
	}
	return p.otherwise
}

func unknownArgument(params []param, given map[string]json.RawMessage) error {
	var unknown, known []string
	for name := range given {
		unknown = append(unknown, name)
	}
	slices.Sort(unknown)
	for _, p := range params {
		known = append(known, p.name)
	}
	name := view.Visible(unknown[0])
	if len(name) > 60 {
		name = strings.ToValidUTF8(name[:60], "") + "…"
	}
	e := badArgument(name, "is not an argument of this tool")
	if e.Hint = "this tool takes no arguments"; len(known) > 0 {
		e.Hint = "this tool takes " + strings.Join(known, ", ")
	}
	return e
}

func (p param) parse(raw json.RawMessage) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New("is not valid JSON")
	}
	switch p.kind {
	case text:
		s, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("must be a string, not %s", jsonType(v))
		}
		return s, p.checkText(s)
	case whole:
		return p.parseWhole(v)
	case number:
		return p.parseNumber(v)
	case toggle:
		b, ok := v.(bool)
		if !ok {
			return nil, fmt.Errorf("must be true or false, not %s", jsonType(v))
		}
		return b, nil
	case flowID:
		return parseFlowID(v)
	case flowIDs:
		return parseFlowIDs(v)
	}
	return p.parseWords(v)
}

func (p param) checkText(s string) error {
	if len(s) > p.longest() {
		return fmt.Errorf("is %d bytes long: at most %d are taken", len(s), p.longest())
	}
	if p.enum != nil && !slices.Contains(p.enum, s) {
		return fmt.Errorf("must be one of %s", strings.Join(p.enum, ", "))
	}
	return nil
}

func (p param) parseWhole(v any) (any, error) {
	num, ok := v.(json.Number)
	if !ok {
		return nil, fmt.Errorf("must be a whole number, not %s", jsonType(v))
	}
	n, ok := wholeNumber(num)
	if !ok {
		return nil, errors.New("must be a whole number")
	}
	if n < p.least || p.most != 0 && n > p.most {
		if p.most == 0 {
			return nil, fmt.Errorf("must be at least %d", p.least)
		}
		return nil, fmt.Errorf("must be from %d to %d", p.least, p.most)
	}
	return n, nil
}

func (p param) parseNumber(v any) (any, error) {
	num, ok := v.(json.Number)
	if !ok {
		return nil, fmt.Errorf("must be a number, not %s", jsonType(v))
	}
	n, err := num.Float64()
	if err != nil || n < float64(p.least) || n > float64(p.most) {
		return nil, fmt.Errorf("must be from %d to %d", p.least, p.most)
	}
	return n, nil
}

// wholeNumber reads an integer in any form that JSON has for it: 20, 20.0, 2e1.
func wholeNumber(num json.Number) (int64, bool) {
	if n, err := num.Int64(); err == nil {
		return n, true
	}
	f, err := num.Float64()
	return int64(f), err == nil && f == math.Trunc(f) && math.Abs(f) <= 1<<53
}

func parseFlowID(v any) (any, error) {
	n, ok := int64(0), false
	switch x := v.(type) {
	case json.Number:
		n, ok = wholeNumber(x)
	case string:
		var err error
		n, err = strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(x), "#"), 10, 64)
		ok = err == nil
	default:
		return nil, fmt.Errorf("must be a flow's number, not %s", jsonType(v))
	}
	if !ok || n <= 0 {
		return nil, errors.New("must be a flow's number, such as 17")
	}
	return flow.Seq(n), nil
}

func (p param) parseWords(v any) (any, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("must be a list of strings, not %s", jsonType(v))
	}
	out := make([]string, len(list))
	for i, x := range list {
		s, ok := x.(string)
		if !ok {
			return nil, fmt.Errorf("must be a list of strings, not of %s", jsonType(x))
		}
		if err := p.checkText(s); err != nil {
			return nil, err
		}
		out[i] = s
	}
	return out, nil
}

func jsonType(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case json.Number:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "a list"
	}
	return "an object"
}
