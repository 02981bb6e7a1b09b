package spectools

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// Names of arguments that are not parameters.
const (
	argBody        = "requestBody"
	argContentType = "requestContentType"
	argConfirmed   = "__confirmed"
)

// operation is one method of one path, ready to be called. It does not change once made.
type operation struct {
	method, path string
	id           string // operationId, as the document has it
	name         string // of the tool
	title, text  string
	tags         []string
	op           *openapi3.Operation

	base         string // URL that the path is put behind, without "/" at its end
	params       []*param
	bodies       []*media
	bodyRequired bool
	security     [][]securityScheme // alternatives; nil asks for nothing
	held         bool
	tool         mcp.Tool

	compile  sync.Once
	compiled *jsonschema.Schema
	forms    []*jsonschema.Schema // of the body, where media types have different ones
	badly    error
}

// param is one parameter and the argument it is.
type param struct {
	arg           string
	name          string
	in            string
	required      bool
	style         string
	explode       bool
	allowReserved bool
	multi         bool   // a path parameter that spans slashes
	content       string // media type that the value is written in, instead of a style
	text          string
	schema        *openapi3.SchemaRef
}

// check returns what is wrong with the arguments. A schema that cannot be compiled lets nothing through.
func (op *operation) check(ctx context.Context, args *orderedjson.Object) []jsonschema.Problem {
	op.compile.Do(op.compileAll)
	if op.badly != nil {
		return []jsonschema.Problem{{Reason: "cannot be checked, the document's schema is broken"}}
	}
	if problems := jsonschema.Problems(op.compiled.Validate(ctx, orderedjson.Plain(args))); len(problems) > 0 {
		return problems
	}
	body, ok := args.Get(argBody)
	if !ok || len(op.forms) == 0 {
		return nil
	}
	m, _, problem := chooseMedia(op.bodies, args)
	switch {
	case problem != nil:
		return []jsonschema.Problem{*problem}
	case m.form < 0:
		return nil
	}
	// Any of the alternatives will do for the schema; it must be that of the media type.
	problems := jsonschema.Problems(op.forms[m.form].Validate(ctx, orderedjson.Plain(body)))
	for i := range problems {
		problems[i] = problems[i].Under(argBody)
	}
	return problems
}

func (op *operation) compileAll() {
	doc := orderedjson.PlainOf(op.tool.RawInputSchema)
	if op.compiled, op.badly = jsonschema.Compile(doc); op.badly != nil {
		return
	}
	for _, m := range op.bodies {
		if m.form != len(op.forms) {
			continue // -1, or one that another media type has too
		}
		form, err := jsonschema.CompileAt(doc, fmt.Sprintf("/properties/%s/anyOf/%d", argBody, m.form))
		if err != nil {
			op.badly = err
			return
		}
		op.forms = append(op.forms, form)
	}
}

// operations lists what the document has, in the order of path and method.
func (b *builder) operations() []*operation {
	var out []*operation
	if b.doc.Paths == nil {
		return nil
	}
	for _, path := range slices.Sorted(maps.Keys(b.doc.Paths.Map())) {
		item := b.doc.Paths.Value(path)
		if item == nil {
			continue
		}
		methods := item.Operations()
		for _, method := range slices.Sorted(maps.Keys(methods)) {
			o := methods[method]
			if o == nil {
				continue
			}
			op := &operation{method: strings.ToUpper(method), path: path, id: o.OperationID, op: o, tags: o.Tags}
			if b.o.Filter != nil && !b.o.Filter(Operation{ID: op.id, Method: op.method, Path: path, Tags: o.Tags, Summary: o.Summary, Description: o.Description}) {
				b.skip(op, Filtered)
				continue
			}
			if err := b.fill(op, item); err != nil {
				b.skip(op, err.Error())
				continue
			}
			out = append(out, op)
		}
	}
	return out
}

func (b *builder) fill(op *operation, item *openapi3.PathItem) error {
	switch {
	case op.method == "CONNECT" || op.method == "TRACE":
		return fmt.Errorf("%s is not sent for others", op.method)
	case !strings.HasPrefix(op.path, "/"):
		return fmt.Errorf("the path does not start with a slash")
	}
	if err := b.server(op, item); err != nil {
		return err
	}
	b.setSecurity(op)
	if err := b.paramsOf(op, item); err != nil {
		return err
	}
	b.bodiesOf(op)
	op.title = sanitize.Description(op.op.Summary, 80)
	op.text = describe(op)
	op.held = b.o.Policy.Holds(op.method, "") || extensionBool(op.op.Extensions, "x-mcp-confirm", false)
	return nil
}

// describe is one line on what the operation does, and what it sends.
func describe(op *operation) string {
	text := sanitize.Description(op.op.Summary, 160)
	if text == "" {
		text = sanitize.Description(op.op.Description, 200)
	} else if more := sanitize.Description(op.op.Description, 160); more != "" && !strings.EqualFold(strings.TrimRight(more, ".…"), strings.TrimRight(text, ".…")) {
		text = strings.TrimRight(text, ".") + ". " + more
	}
	at := op.method + " " + sanitize.Description(op.path, 200)
	if op.op.Deprecated {
		at += ", deprecated"
	}
	if text == "" {
		return at
	}
	return text + " (" + at + ")"
}

// paramsOf collects the parameters: the operation's own win over those of its path.
func (b *builder) paramsOf(op *operation, item *openapi3.PathItem) error {
	inPath := templateNames(op.path)
	seen := make(map[[2]string]bool)
	for _, refs := range []openapi3.Parameters{op.op.Parameters, item.Parameters} {
		for _, r := range refs {
			if r == nil || r.Value == nil {
				b.noteOn(op, "a parameter refers to what is not there")
				continue
			}
			p := r.Value
			key := [2]string{p.In, p.Name}
			if p.In == openapi3.ParameterInHeader {
				key[1] = strings.ToLower(p.Name)
			}
			if seen[key] {
				continue
			}
			seen[key] = true
			if why := b.unusable(op, p, inPath); why != "" {
				b.noteOn(op, fmt.Sprintf("%s parameter %s is left out: %s", sanitize.Description(p.In, 20), sanitize.Description(p.Name, 80), why))
				continue
			}
			op.params = append(op.params, b.param(op, p))
		}
	}
	for _, name := range inPath {
		if !seen[[2]string{openapi3.ParameterInPath, name}] {
			b.noteOn(op, fmt.Sprintf("path parameter %s is not described: a string is taken", sanitize.Description(name, 80)))
			seen[[2]string{openapi3.ParameterInPath, name}] = true
			op.params = append(op.params, &param{name: name, in: openapi3.ParameterInPath, required: true, style: "simple", schema: openapi3.NewStringSchema().NewRef()})
		}
	}
	order := map[string]int{"path": 0, "query": 1, "header": 2, "cookie": 3}
	slices.SortStableFunc(op.params, func(x, y *param) int {
		if d := order[x.in] - order[y.in]; d != 0 {
			return d
		}
		if x.in == openapi3.ParameterInPath {
			return slices.Index(inPath, x.name) - slices.Index(inPath, y.name)
		}
		return strings.Compare(x.name, y.name)
	})
	nameArguments(op.params)
	return nil
}

// unusable says why a parameter is no argument, "" when it is one.
func (b *builder) unusable(op *operation, p *openapi3.Parameter, inPath []string) string {
	switch p.In {
	case openapi3.ParameterInPath:
		if !slices.Contains(inPath, p.Name) {
			return "the path has no such place"
		}
	case openapi3.ParameterInHeader:
		switch {
		case slices.Contains([]string{"accept", "content-type"}, strings.ToLower(p.Name)):
			return "it follows from the media types (OpenAPI 3, Parameter Object)"
		case strings.EqualFold(p.Name, "Authorization"), strings.EqualFold(p.Name, "Cookie"):
			return "it would stand in for a credential"
		case egress.CheckHeader(p.Name, "") != nil:
			return "it is made by the transport or is no header's name"
		case slices.Contains([]string{"x-original-url", "x-rewrite-url"}, strings.ToLower(p.Name)):
			return "it would make another path of the request"
		case guard.Safe(op.method) && slices.Contains([]string{"x-http-method-override", "x-http-method", "x-method-override"}, strings.ToLower(p.Name)):
			return "it would make another method of a request that is not held"
		}
	case openapi3.ParameterInQuery, openapi3.ParameterInCookie:
	default:
		return "there is no such place"
	}
	for _, alternative := range op.security {
		for _, s := range alternative {
			if s.Type == "apiKey" && s.In == p.In && (s.Name == p.Name || p.In == openapi3.ParameterInHeader && strings.EqualFold(s.Name, p.Name)) {
				return "it would stand in for a credential"
			}
		}
	}
	return ""
}

func (b *builder) param(op *operation, p *openapi3.Parameter) *param {
	out := &param{
		name: p.Name, in: p.In, required: p.Required || p.In == openapi3.ParameterInPath,
		allowReserved: p.AllowReserved, text: p.Description, schema: p.Schema,
		multi: p.In == openapi3.ParameterInPath && extensionBool(p.Extensions, "x-spectap-multi-segment", false),
	}
	if m, err := p.SerializationMethod(); err == nil {
		out.style, out.explode = m.Style, m.Explode
	}
	if len(p.Content) > 0 {
		out.content = slices.Sorted(maps.Keys(p.Content))[0]
		if mt := p.Content[out.content]; mt != nil {
			out.schema = mt.Schema
		}
	}
	return out
}

// nameArguments gives each parameter an argument of its own name, or one that tells it from others.
func nameArguments(ps []*param) {
	byName := make(map[string][]*param)
	for _, p := range ps {
		p.arg = argumentName(p.name)
		byName[p.arg] = append(byName[p.arg], p)
	}
	reserved := func(name string) bool { return name == argBody || name == argContentType || name == argConfirmed }
	taken := make(map[string]bool)
	for name := range byName {
		taken[name] = true
	}
	decided := make([]string, len(ps))
	for i, p := range ps {
		decided[i] = p.arg
		if len(byName[p.arg]) == 1 && !reserved(p.arg) {
			continue
		}
		name := cut(p.arg, maxName-len(p.in)-2) + "__" + p.in
		for seed := p.in + " " + p.name; taken[name]; seed += "+" {
			name = cut(p.arg, maxName-len(p.in)-11) + "__" + p.in + "_" + hash8(seed)
		}
		taken[name] = true
		decided[i] = name
	}
	for i, p := range ps {
		p.arg = decided[i]
	}
}

// argumentName keeps letters, digits, "_", "-" and "."; others become "_".
func argumentName(s string) string {
	out := strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-.", r)) {
			return r
		}
		return '_'
	}, s)
	if out == "" {
		return "_"
	}
	if len(out) > maxName {
		out = out[:maxName-9] + "_" + hash8(s)
	}
	return out
}

func cut(s string, n int) string { return s[:min(len(s), n)] }

// templateNames lists the parameters of a path template in order, each once.
func templateNames(path string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(path, "{")
		if !ok {
			return out
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return out
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
		path = after
	}
}

func extensionBool(x map[string]any, name string, otherwise bool) bool {
	if v, ok := x[name].(bool); ok {
		return v
	}
	return otherwise
}
