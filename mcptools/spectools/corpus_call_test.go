package spectools

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// mostCalls is about the number of operations of one document that TestCallRealDocuments calls.
const mostCalls = 200

// TestCallRealDocuments calls operations of real documents with an example of their own schema, and
// compiles the schemas of the others.
// The request that arrives has the method, the path and every value of the call. It is the request
// that the arguments which are read back from it make.
func TestCallRealDocuments(t *testing.T) {
	a := newAPI(t)
	for _, name := range corpustest.Names(t) {
		t.Run(name, func(t *testing.T) {
			s, err := FromDocument(vendorDocument(t, name), Options{BaseURL: a.URL + "/", Policy: guard.Policy{NoConfirmDangerous: true}})
			noError(t, err)
			defer s.Close()
			failed := len(s.skipped)
			if failed > 0 {
				t.Errorf("left out: %v", s.skipped)
			}
			step := max(1, len(s.ops)/mostCalls)
			for i, op := range s.ops {
				if i%step != 0 {
					if err := op.prepare(); err != nil {
						t.Errorf("%s %s: %v", op.Method, op.Path, err)
					}
					continue
				}
				if err := callExample(t, s, a, op); err != nil {
					failed++
					t.Errorf("%s %s: %.2000v", op.Method, op.Path, err)
				}
			}
			t.Logf("%d of %d operations were left out, refused or sent differently", failed, len(s.ops)+len(s.skipped))
		})
	}
}

// placeholder matches a parameter of a path template, quoted.
var placeholder = regexp.MustCompile(`\\\{[^{}]*\\\}`)

// callExample calls an operation with an example, and says how the request that arrives differs
// from the arguments.
func callExample(t *testing.T, s *Set, a *api, op *operation) error {
	args := exampleArguments(op)
	sent := mustJSON(args)
	if res := s.callNow(t.Context(), op, sent); res.IsError {
		return fmt.Errorf("refused: %s\n%s", res.RawStructuredContent, sent)
	}
	got := a.last(t)
	u, err := url.Parse(got.URI)
	if err != nil {
		return err
	}
	r := flow.Request{
		Method: got.Method, Path: u.EscapedPath(), RawQuery: u.RawQuery, Header: flow.HeaderOf(got.Header),
		Body: flow.Body{Data: []byte(got.Body), Size: int64(len(got.Body))},
	}
	body, _, err := decode.Body(r.Header, r.Body, 0)
	if err != nil {
		return err
	}
	if err := checkBody(op, args[serialize.BodyArgument], got.Header.Get("Content-Type"), body); err != nil {
		return err
	}
	arrived, _ := url.QueryUnescape(got.URI + fmt.Sprint(got.Header))
	form, _ := url.QueryUnescape(string(body))
	arrived += form + string(body) + base64.StdEncoding.EncodeToString(body)
	for value := range scalars(args) {
		if !strings.Contains(arrived, value) {
			return fmt.Errorf("%s is not in %s %s %s", value, got.Method, got.URI, body)
		}
	}
	template, _, _ := strings.Cut(op.Path, "#")
	expression := "^" + placeholder.ReplaceAllString(regexp.QuoteMeta(template), "(.+)") + "$"
	values := regexp.MustCompile(expression).FindStringSubmatch(r.Path)
	if values == nil || got.Method != op.Method {
		return fmt.Errorf("became %s %s", got.Method, got.URI)
	}
	path := make(map[string]string)
	for i, name := range router.TemplateNames(template) {
		path[name] = values[i+1]
	}
	back, err := op.Arguments(path, &r)
	if err != nil {
		return fmt.Errorf("%s cannot be read back: %w", got.URI, err)
	}
	again, problem := op.Request(back)
	if problem != nil || again.URL.RequestURI() != got.URI || string(again.Body) != got.Body {
		return fmt.Errorf("%s %s is read back as %s: %v", got.URI, body, orderedjson.Encode(back), problem)
	}
	return nil
}

// checkBody checks that data is an argument as data, and arrives as it is where it is sent as JSON.
func checkBody(op *operation, arg any, typ string, body []byte) error {
	_, isText := arg.(string)
	switch {
	case arg == nil:
		return nil
	case isText && openapi.IsComposite(op.Bodies[0].Doc.Schema) && op.Bodies[0].Kind != serialize.Multipart:
		return fmt.Errorf("takes the text %s for data", arg)
	case strings.Contains(typ, "*"):
		return fmt.Errorf("has the type %s", typ)
	case serialize.KindOf(typ) != serialize.JSON:
		return nil
	case guard.DigestOf(orderedjson.PlainOf(json.RawMessage(body))) != guard.DigestOf(orderedjson.PlainOf(arg)):
		return fmt.Errorf("has the body %s", body)
	}
	return nil
}

// scalars yields the texts of the scalars in a value.
func scalars(v any) iter.Seq[string] {
	return func(yield func(string) bool) {
		switch v := v.(type) {
		case map[string]any:
			for _, e := range v {
				scalars(e)(yield)
			}
		case []any:
			for _, e := range v {
				scalars(e)(yield)
			}
		case nil:
		case string:
			yield(v)
		default:
			yield(string(mustJSON(v)))
		}
	}
}

// exampleArguments returns arguments that fit the schema of an operation.
func exampleArguments(op *operation) map[string]any {
	root, _ := orderedjson.PlainOf(op.tool.RawInputSchema).(map[string]any)
	args, _ := (&exampler{root: root}).example(root, 0).(map[string]any)
	delete(args, confirmedArgument)
	return args
}

// exampler makes examples of the schemas of one tool.
type exampler struct{ root map[string]any }

// exampleDepth is how deep examples have members that are not required.
const exampleDepth = 3

func (x *exampler) example(schema any, depth int) any {
	s := map[string]any{}
	x.merge(schema, s, 0)
	for _, keyword := range []string{"const", "default"} {
		if v, ok := s[keyword]; ok {
			return v
		}
	}
	if enum, ok := s["enum"].([]any); ok {
		return enum[0]
	}
	types, isList := s["type"].([]any)
	if one, ok := s["type"]; ok && !isList {
		types = []any{one}
	}
	has := func(typ string, keyword string) bool {
		return slices.Contains(types, any(typ)) || types == nil && s[keyword] != nil
	}
	switch {
	case has("object", "properties"):
		return x.object(s, depth)
	case has("array", "items"):
		out := []any{}
		for len(out) < int(bound(s, "minItems", 1)) {
			out = append(out, x.example(s["items"], depth+1))
		}
		return out
	case has("integer", "minimum"), has("number", "minimum"):
		low := bound(s, "minimum", bound(s, "exclusiveMinimum", 0)+1)
		return min(low, bound(s, "maximum", low), bound(s, "exclusiveMaximum", low+1)-1)
	case has("boolean", ""):
		return true
	case has("null", ""):
		return nil
	}
	return exampleText(s)
}

// merge adds the keywords of a schema to s: those of references, of all of allOf, and of the first
// alternative.
func (x *exampler) merge(schema any, s map[string]any, depth int) {
	from, _ := schema.(map[string]any)
	if ref, ok := from["$ref"].(string); ok && depth < 20 {
		defs, _ := x.root["$defs"].(map[string]any)
		x.merge(defs[strings.TrimPrefix(ref, "#/$defs/")], s, depth+1)
	}
	if more, ok := from["additionalProperties"]; ok && more != true {
		parts, _ := s["closed"].([]any)
		s["closed"] = append(parts, from)
	}
	for keyword, v := range from {
		switch keyword {
		case "$ref":
		case "allOf":
			for _, part := range v.([]any) {
				x.merge(part, s, depth+1)
			}
		case "anyOf", "oneOf":
			x.merge(v.([]any)[0], s, depth+1)
		case "properties":
			properties := map[string]any{}
			before, _ := s[keyword].(map[string]any)
			maps.Copy(properties, before)
			for name, p := range v.(map[string]any) {
				if before[name] != nil {
					p = map[string]any{"allOf": []any{before[name], p}}
				}
				properties[name] = p
			}
			s[keyword] = properties
		case "required":
			before, _ := s[keyword].([]any)
			s[keyword] = slices.Concat(before, v.([]any))
		default:
			s[keyword] = v
		}
	}
}

func (x *exampler) object(s map[string]any, depth int) any {
	out := map[string]any{}
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	isClosed := func(name string) bool { // by a part of allOf that does not have it
		parts, _ := s["closed"].([]any)
		return slices.ContainsFunc(parts, func(part any) bool {
			own, _ := part.(map[string]any)["properties"].(map[string]any)
			return own[name] == nil
		})
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		isWanted := depth < exampleDepth || depth < 2*exampleDepth && len(out)+len(required) == 0 // forms cannot have {}
		if slices.Contains(required, any(name)) || isWanted && !isClosed(name) {
			out[name] = x.example(properties[name], depth+1)
		}
	}
	if len(out) == 0 && s["additionalProperties"] != nil && s["additionalProperties"] != false {
		out["other"] = x.example(s["additionalProperties"], depth+1)
	}
	for _, name := range required {
		if _, has := out[name.(string)]; !has {
			out[name.(string)] = x.example(s["additionalProperties"], depth+1)
		}
	}
	return out
}

func bound(s map[string]any, keyword string, fallback float64) float64 {
	n, ok := s[keyword].(json.Number)
	if !ok {
		return fallback
	}
	f, _ := n.Float64()
	return f
}

func exampleText(s map[string]any) string {
	format, _ := s["format"].(string)
	byFormat := map[string]string{
		"date-time": "2026-01-02T03:04:05Z", "date": "2026-01-02", "time": "03:04:05Z", "duration": "P1D",
		"email": "a@example.com", "hostname": "example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
		"uri": "https://example.com/", "uri-reference": "/a", "uri-template": "/{a}", "byte": "YWJj",
		"uuid": "123e4567-e89b-12d3-a456-426614174000", "json-pointer": "/a", "regex": "a",
	}
	if text, ok := byFormat[format]; ok {
		return text
	}
	text := "Abc1234567!A" // what patterns of passwords demand, which syntax does not read
	if pattern, ok := s["pattern"].(string); ok {
		if re, err := syntax.Parse(pattern, syntax.Perl); err == nil {
			text = matching(re)
		}
	}
	for len(text) < int(bound(s, "minLength", 0)) {
		text += "a"
	}
	return text[:min(len(text), int(bound(s, "maxLength", 1000)))]
}

// matching returns a text that an expression matches.
func matching(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		for _, c := range "a1Aa-_" {
			for i := 0; i < len(re.Rune); i += 2 {
				if c >= re.Rune[i] && c <= re.Rune[i+1] {
					return string(c)
				}
			}
		}
		return string(re.Rune[0])
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "a"
	case syntax.OpRepeat:
		return strings.Repeat(matching(re.Sub[0]), max(re.Min, min(1, re.Max)))
	case syntax.OpAlternate, syntax.OpCapture, syntax.OpPlus, syntax.OpStar, syntax.OpQuest:
		return matching(re.Sub[0])
	case syntax.OpConcat:
		out := ""
		for _, sub := range re.Sub {
			out += matching(sub)
		}
		return out
	}
	return ""
}
