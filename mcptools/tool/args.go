package tool

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/mcptools/view"
)

// Args holds the checked arguments of a call by name. Its methods return the zero value for an
// absent argument.
type Args map[string]any

// String returns a String argument.
func (a Args) String(name string) string { s, _ := a[name].(string); return s }

// Int returns an Integer argument.
func (a Args) Int(name string) int { n, _ := a[name].(int64); return int(n) }

// Seconds returns a Number argument as a duration.
func (a Args) Seconds(name string) time.Duration {
	n, _ := a[name].(float64)
	return time.Duration(n * float64(time.Second))
}

// Bool returns a Boolean argument.
func (a Args) Bool(name string) bool { b, _ := a[name].(bool); return b }

// Flow returns a FlowID argument.
func (a Args) Flow(name string) flow.Seq { n, _ := a[name].(flow.Seq); return n }

// Flows returns a FlowIDs argument, without repetition.
func (a Args) Flows(name string) []flow.Seq { list, _ := a[name].([]flow.Seq); return list }

// Strings returns a StringList argument.
func (a Args) Strings(name string) []string { list, _ := a[name].([]string); return list }

// Statuses returns a Statuses argument, nil if it is absent.
func (a Args) Statuses(name string) *StatusSet { s, _ := a[name].(*StatusSet); return s }

// Has reports whether an argument is present or has a default.
func (a Args) Has(name string) bool { _, ok := a[name]; return ok }

// ParseArgs checks the arguments of a call. A null counts as an absent argument. The error has all
// problems: missing and wrong arguments, in the order of the parameters, and then unknown ones. Its
// Argument is the first of these. An argument has one name: a policy judges arguments by it.
func ParseArgs(params []Param, raw json.RawMessage) (Args, error) {
	given := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(raw)) > 0 && !bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		if err := json.Unmarshal(raw, &given); err != nil {
			return nil, Errorf(CodeBadArgument, "", "the arguments are not a JSON object")
		}
	}
	maps.DeleteFunc(given, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	out, e := Args{}, &Error{Code: CodeBadArgument}
	var texts, unknown []string
	isNameWrong := false // an argument is missing or unknown
	wrong := func(name, reason string) {
		e.Argument = cmp.Or(e.Argument, name)
		texts = append(texts, "argument "+name+": "+reason)
	}
	for _, p := range params {
		v, ok := given[p.Name]
		delete(given, p.Name)
		if !ok {
			if p.Required {
				wrong(p.Name, "is missing: "+p.Doc)
				isNameWrong = true
			} else if p.Default != nil {
				out[p.Name] = p.defaultValue()
			}
			continue
		}
		x, err := p.parse(v)
		if err != nil {
			wrong(p.Name, err.Error())
			continue
		}
		out[p.Name] = x
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		isNameWrong, unknown = true, append(unknown, name)
		wrong(view.Cut(view.Visible(name), 60), "is not an argument of this tool")
	}
	if len(texts) == 0 {
		return out, nil
	}
	if n := len(texts) - maxWrong; n > 0 {
		texts = append(texts[:maxWrong:maxWrong], fmt.Sprintf("and %d more", n))
	}
	if e.Message = strings.Join(texts, "; "); isNameWrong {
		e.Hint = spelling.Advice(names(params), unknown)
	}
	return nil, e
}

// maxWrong limits the wrong arguments that an error names.
const maxWrong = 10

// names returns the names of parameters, required ones with "*".
func names(params []Param) (list []string) {
	for _, p := range params {
		name := p.Name
		if p.Required {
			name += "*"
		}
		list = append(list, name)
	}
	return list
}

// defaultValue returns Default with the type that Args uses.
func (p Param) defaultValue() any {
	if n, ok := p.Default.(int); ok {
		if p.Kind == Number {
			return float64(n)
		}
		return int64(n)
	}
	return p.Default
}

func (p Param) parse(raw json.RawMessage) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New("is not valid JSON")
	}
	switch p.Kind {
	case String:
		if list, err := p.parseStrings(v); err == nil { // some texts are lists with commas
			v = strings.Join(list.([]string), ",")
		}
		s, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("must be a string, not %s", jsonType(v))
		}
		return s, p.checkString(s)
	case Integer:
		return p.parseInteger(v)
	case Number:
		return p.parseNumber(v)
	case Boolean:
		b, ok := v.(bool)
		if !ok {
			return nil, fmt.Errorf("must be true or false, not %s", jsonType(v))
		}
		return b, nil
	case FlowID:
		return parseFlowID(v)
	case FlowIDs:
		return parseFlowIDs(v)
	case Statuses:
		return parseStatuses(v)
	}
	return p.parseStrings(v)
}

func (p Param) checkString(s string) error {
	if len(s) > p.maxLength() {
		return fmt.Errorf("has %d bytes: the limit is %d", len(s), p.maxLength())
	}
	if p.Enum != nil && !slices.Contains(p.Enum, s) {
		return fmt.Errorf("must be one of %s", strings.Join(p.Enum, ", "))
	}
	return nil
}

func (p Param) parseInteger(v any) (any, error) {
	num, ok := v.(json.Number)
	if !ok {
		return nil, fmt.Errorf("must be an integer, not %s", jsonType(v))
	}
	n, ok := integer(num)
	if !ok {
		return nil, errors.New("must be an integer")
	}
	if n < p.Min || p.Max != 0 && n > p.Max {
		if p.Max == 0 {
			return nil, fmt.Errorf("must be at least %d", p.Min)
		}
		return nil, fmt.Errorf("must be from %d to %d", p.Min, p.Max)
	}
	return n, nil
}

func (p Param) parseNumber(v any) (any, error) {
	num, ok := v.(json.Number)
	if !ok {
		return nil, fmt.Errorf("must be a number, not %s", jsonType(v))
	}
	n, err := num.Float64()
	if err != nil || n < float64(p.Min) || n > float64(p.Max) {
		return nil, fmt.Errorf("must be from %d to %d", p.Min, p.Max)
	}
	return n, nil
}

// integer reads an integer in any form that JSON has for it: 20, 20.0, 2e1.
func integer(num json.Number) (int64, bool) {
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
		n, ok = integer(x)
	case string:
		var err error
		n, err = strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(x), "#"), 10, 64)
		ok = err == nil
	default:
		return nil, fmt.Errorf("must be the number of a flow, not %s", jsonType(v))
	}
	if !ok || n <= 0 {
		return nil, errors.New("must be the number of a flow, such as 17")
	}
	return flow.Seq(n), nil
}

func parseFlowIDs(v any) (any, error) {
	var items []any
	switch x := v.(type) {
	case []any:
		items = x
	case string:
		for id := range strings.SplitSeq(x, ",") {
			items = append(items, strings.TrimSpace(id))
		}
	case json.Number:
		items = []any{x}
	default:
		return nil, fmt.Errorf("must be a list of flow numbers, not %s", jsonType(v))
	}
	if len(items) > MaxFlowIDs {
		return nil, fmt.Errorf("names %d flows: the limit is %d", len(items), MaxFlowIDs)
	}
	var out []flow.Seq
	for _, x := range items {
		id, err := parseFlowID(x)
		if err != nil {
			return nil, errors.New("must be flow numbers, such as 17 or 3,4,9")
		}
		if seq := id.(flow.Seq); !slices.Contains(out, seq) {
			out = append(out, seq)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("names no flow: pass numbers of flows, such as 17 or 3,4,9")
	}
	return out, nil
}

// StatusSet is a set of statuses of responses.
type StatusSet struct {
	Text string                // as in the filter language, such as 404,5xx
	Has  func(status int) bool // status 0 is no response
}

func parseStatuses(v any) (any, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var texts []string
	for _, x := range list {
		switch x := x.(type) {
		case json.Number:
			texts = append(texts, x.String())
		case string:
			texts = append(texts, strings.Join(strings.Fields(x), ""))
		default:
			return nil, fmt.Errorf("must be a status such as 404 or 4xx, or a list of these, not %s", jsonType(x))
		}
	}
	text := strings.Join(texts, ",")
	if len(text) > MaxString {
		return nil, fmt.Errorf("has %d bytes: the limit is %d", len(text), MaxString)
	}
	has, err := filter.Status(text)
	if err != nil {
		return nil, errors.New("must be a status such as 404, 4xx, 400-499, >=400 or none, or a list of these")
	}
	return &StatusSet{text, has}, nil
}

func (p Param) parseStrings(v any) (any, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf(`must be a list of strings, such as ["a","b"], not %s`, jsonType(v))
	}
	out := make([]string, len(list))
	for i, x := range list {
		s, ok := x.(string)
		if !ok {
			return nil, fmt.Errorf("must be a list of strings, not of %s", jsonType(x))
		}
		if err := p.checkString(s); err != nil {
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

// CompileRegexp compiles the regular expression of an argument. The error is about the argument.
func CompileRegexp(argument, expression string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil, BadArgument(argument, "is not a regular expression: %s",
			strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re, nil
}
