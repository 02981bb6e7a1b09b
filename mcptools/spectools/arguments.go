package spectools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	calls "github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi"
)

// Arguments returns the tool and the arguments that send a captured request again. The operation is
// identified by its method and path template; path has the values of the path parameters by name,
// percent-encoded as they were sent. Credentials are not among the arguments; [Options.Credentials]
// supplies them.
//
// An error says what part of the request the operation has no argument for, in names without
// values. It is [serialize.ErrMalformed] if the body does not match its media type.
func (s *Set) Arguments(
	method, template string, path map[string]string, r *flow.Request,
) (tool string, args json.RawMessage, err error) {
	op := s.find(method, template)
	if op == nil {
		return "", nil, errors.New("no tool has this method and path")
	}
	args, err = op.arguments(path, r)
	return op.toolName, args, err
}

func (op *operation) arguments(path map[string]string, r *flow.Request) (json.RawMessage, error) {
	out, err := op.Arguments(path, r)
	if err != nil {
		return nil, err
	}
	if body, ok := out.Value(serialize.BodyArgument).(*orderedjson.Object); ok {
		for _, name := range op.bodyTokens {
			body.Delete(name)
		}
	}
	return orderedjson.Encode(out), nil
}

// Argument says where an argument of a tool goes.
type Argument struct {
	Name  string `json:"name"`  // of the argument
	In    string `json:"in"`    // path, query, header or cookie
	Param string `json:"param"` // the name of the parameter
}

// Scheme is a security scheme that an operation requires.
type Scheme struct {
	Name string // in the document; that of the header, parameter or cookie is SecurityScheme.Name
	*openapi3.SecurityScheme
}

// Form is what a person fills in to call an operation.
type Form struct {
	Tool, Origin string
	Schema       json.RawMessage // JSON Schema of the arguments
	Arguments    []Argument      // without those of the body
	Security     [][]Scheme      // alternatives; empty means no requirement
	// IsGuarded means that requests have tokens against forged requests, which are no arguments.
	IsGuarded bool
}

// find returns an operation by its method and path template, or nil.
func (s *Set) find(method, template string) *operation {
	i := slices.IndexFunc(s.ops, func(op *operation) bool { return op.Method == method && op.Path == template })
	if i < 0 {
		return nil
	}
	return s.ops[i]
}

// Form returns the form of an operation. It reports false if the set has no such operation.
func (s *Set) Form(method, template string) (Form, bool) {
	op := s.find(method, template)
	if op == nil {
		return Form{}, false
	}
	out := Form{Tool: op.toolName, Origin: op.origin, Schema: visibleSchema(op.argumentSchema),
		Security: op.security, IsGuarded: len(op.bodyTokens)+len(op.headerTokens) > 0}
	for _, p := range op.Parameters {
		out.Arguments = append(out.Arguments, Argument{Name: p.Argument, In: p.In, Param: p.Name})
	}
	return out, true
}

// Best returns the credentials, with their names, for the security alternative of an operation for
// which it finds the most. find returns the credential for a scheme.
func (f Form) Best(find func(Scheme) (c egress.Credential, name string, ok bool)) (out []egress.Credential, names []string) {
	type named struct {
		egress.Credential
		name string
	}
	all, _ := bestOf(f.Security, func(s Scheme) (named, bool, error) {
		c, name, ok := find(s)
		return named{c, name}, ok, nil
	})
	for _, x := range all {
		out, names = append(out, x.Credential), append(names, x.name)
	}
	return out, names
}

// Sent returns the credentials of a captured request, with the names of their schemes. An answer to
// a challenge (digest) is none, as it cannot be sent again.
func (f Form) Sent(r *flow.Request) ([]egress.Credential, []string) {
	return f.Best(func(s Scheme) (egress.Credential, string, bool) {
		at, ok := credential.SentAs(r, s.SecurityScheme)
		return at, s.Name, ok && at.In != egress.InDigest
	})
}

// Request returns the request that a call with these arguments sends, without credentials, and with
// [PendingToken] for each token. It has no effect. The problems are those of the arguments.
func (s *Set) Request(ctx context.Context, method, template string, raw []byte) (egress.Call, []jsonschema.Problem) {
	op := s.find(method, template)
	if op == nil {
		return egress.Call{}, []jsonschema.Problem{{Reason: "the document has no such operation"}}
	}
	args, _, problems := s.arguments(ctx, op, raw)
	if len(problems) > 0 {
		return egress.Call{}, problems
	}
	for _, name := range op.bodyTokens {
		args = setAt(args, []string{serialize.BodyArgument, name}, PendingToken)
	}
	call, problem := op.Request(args)
	if problem != nil {
		return egress.Call{}, []jsonschema.Problem{*problem}
	}
	for _, name := range op.headerTokens {
		call.Header = append(slices.Clip(call.Header), egress.Pair{Name: name, Value: PendingToken})
	}
	return withAccept(op, call), nil
}

// Preview returns the request of a call as HTTP/1.1 writes it. Nothing is sent. An error means that
// the request must not leave.
func (s *Set) Preview(call egress.Call) ([]byte, error) { return s.client.Preview(call) }

// withAccept adds the header Accept.
func withAccept(op *operation, call egress.Call) egress.Call {
	if v := accept(op); v != "" {
		call.Header = append(slices.Clone(call.Header), egress.Pair{Name: "Accept", Value: v})
	}
	return call
}

// decodeArguments reads the arguments of a call. No arguments are an empty object.
func decodeArguments(raw []byte) (*orderedjson.Object, []jsonschema.Problem) {
	if len(raw) > serialize.MaxSize {
		return nil, []jsonschema.Problem{{Reason: "are larger than 32 MiB"}}
	}
	if len(raw) == 0 || string(raw) == "null" {
		raw = []byte("{}")
	}
	v, err := orderedjson.Decode(raw)
	if err != nil {
		return nil, []jsonschema.Problem{{Reason: err.Error()}}
	}
	args, ok := v.(*orderedjson.Object)
	if !ok {
		return nil, []jsonschema.Problem{{Reason: "must be an object"}}
	}
	return args, nil
}

// read interprets arguments: members of the body that were given as arguments become the body, and
// values that the schema does not allow are read by [readValues]. The result is checked, confirmed
// and sent as if the caller had given it.
func (op *operation) read(args *orderedjson.Object) {
	if op.prepare() != nil {
		return
	}
	v, _ := op.variantFor(args)
	op.readParameters(v.schema, args)
	readValues(v.schema, false, args)
	if _, given := args.Get(serialize.BodyArgument); !given {
		op.gatherBody(args)
	}
	op.addConstants(args)
	if body, ok := args.Value(serialize.BodyArgument).(*orderedjson.Object); ok {
		// In a patch, null may remove a member (RFC 7396).
		readValues(v.schema, op.Method == http.MethodPatch, body, serialize.BodyArgument)
	}
}

// addConstants adds the constants of the body. A body that has nothing else need not be given.
func (op *operation) addConstants(args *orderedjson.Object) {
	if len(op.Bodies) == 0 {
		return
	}
	m, _, problem := op.ChooseMedia(args)
	if problem != nil {
		return
	}
	body, given := args.Get(serialize.BodyArgument)
	kind := op.variantKind()
	if !given && (op.bodyRequired || kind != "") && openapi.IsObject(m.Doc.Schema) {
		body = orderedjson.New()
	}
	addConstants(m.Doc.Schema, body)
	if o, isObject := body.(*orderedjson.Object); isObject && kind == calls.KindJSONRPC {
		addID(openapi.SchemaProperty(m.Doc.Schema, "id"), o)
	}
	if o, isObject := body.(*orderedjson.Object); isObject && !given && o.Len() > 0 {
		args.Set(serialize.BodyArgument, o)
	}
}

// readValues changes arguments that the schema does not allow, because some clients send null for
// an absent value, and write arrays and objects as text: null for one that is not required is
// absent, unless keepNull; a text that is the JSON of an allowed value is that value. path is where
// the arguments are in the schema.
//
// A model cannot correct what its client does. In the body of a PATCH, null may mean that the
// member goes (RFC 7396).
func readValues(schema any, keepNull bool, args *orderedjson.Object, path ...string) {
	required := requiredNames(schema, path...)
	for _, name := range slices.Clone(args.Names()) {
		v := args.Value(name)
		text, isText := v.(string)
		if v != nil && !isText || name == confirmedArgument {
			continue
		}
		types := typesAt(schema, append(path, name)...)
		if len(types) == 0 || slices.Contains(types, jsonTypeOf(v)) {
			continue
		}
		if v == nil && !keepNull && !required[name] {
			args.Delete(name)
		} else if read, err := orderedjson.Decode([]byte(text)); err == nil && slices.ContainsFunc(types, isOf(read)) {
			args.Set(name, read)
		}
	}
}

// isOf returns a function that reports whether v is of a type.
func isOf(v any) func(string) bool {
	kind := jsonTypeOf(v)
	return func(typ string) bool { return typ == kind || typ == "number" && kind == "integer" }
}

// gatherBody puts arguments that are members of the body into it.
func (op *operation) gatherBody(args *orderedjson.Object) {
	body := orderedjson.New()
	for _, name := range slices.Clone(args.Names()) {
		if _, isMember := slices.BinarySearch(op.bodyMembers, name); isMember {
			body.Set(name, args.Value(name))
			args.Delete(name)
		}
	}
	if body.Len() > 0 {
		args.Set(serialize.BodyArgument, body)
	}
}

// judgedArguments returns the arguments as the call uses them, for the policy. Arguments that
// cannot be read are returned as they are: the call refuses them.
func (op *operation) judgedArguments(raw []byte) any {
	if args, problems := decodeArguments(raw); len(problems) == 0 {
		if op.mayBeHeld {
			args.Delete(confirmedArgument)
		}
		op.read(args)
		raw = orderedjson.Encode(args)
	}
	return jsonvalue.Decode(raw)
}

// bodyMembers returns the members of the body that may be given as arguments, sorted. It returns no
// members if one of them has the name of an argument, because the name would be ambiguous.
func bodyMembers(schema any) []string {
	members := propertyNames(schema, serialize.BodyArgument)
	arguments := propertyNames(schema)
	isArgument := func(name string) bool { return slices.Contains(arguments, name) || name == confirmedArgument }
	if slices.ContainsFunc(members, isArgument) {
		return nil
	}
	return members
}

// invalid returns the answer to a call with invalid arguments: all problems in one message. known
// are the names of the tool's arguments, as [operation.argumentNames] writes them; they are listed
// if one is missing or unknown. The field is the last name of its path, as with openapi-mcp.
func invalid(problems []jsonschema.Problem, known []string, suggestions ...string) *mcp.CallToolResult {
	field := problems[0].Field
	d := errorDetails{Field: field[strings.LastIndexByte(field, '.')+1:], Reason: problems[0].Reason}
	if d.Field != field {
		d.Path = field
	}
	var texts []string
	for _, p := range problems {
		texts = append(texts, p.String())
	}
	if len(problems) > 1 {
		d.Problems = texts
	}
	message := "the arguments are not valid: " + strings.Join(texts, "; ") + namesAdvice(problems, known)
	return failure(codeValidation, message, d, suggestions...)
}

// namesAdvice lists the arguments of a tool if one is missing or unknown, and says which ones the
// caller probably meant.
func namesAdvice(problems []jsonschema.Problem, known []string) string {
	isWanted := false
	var unknown []string
	for _, p := range problems {
		name := p.Field
		if p.Kind == jsonschema.MissingMember { // those of the body are listed, too
			name = strings.TrimPrefix(name, serialize.BodyArgument+".")
		}
		isTop := !strings.ContainsAny(name, ".[") || slices.Contains(known, p.Field) || slices.Contains(known, p.Field+"*")
		if p.Kind == jsonschema.InvalidValue || !isTop {
			continue
		}
		isWanted = true
		if p.Kind == jsonschema.UnknownMember {
			unknown = append(unknown, p.Field)
		}
	}
	if !isWanted {
		return ""
	}
	return ". " + spelling.Advice(known, unknown)
}

// argumentNames returns the names of the operation's arguments, required ones with "*".
func (op *operation) argumentNames() (names []string) {
	add := func(name string, required bool) {
		if required {
			name += "*"
		}
		names = append(names, name)
	}
	for _, p := range op.Parameters {
		add(p.Argument, p.Required && p.Default == nil)
	}
	if len(op.Bodies) > 0 {
		add(serialize.BodyArgument, op.bodyAsked())
	}
	return names
}

// maxMembers limits the members of the body that an error lists.
const maxMembers = 30

// signature returns the names of the operation's arguments, with those members of the body that may
// be arguments: "requestBody* {title*, text}". Of many members, it has those that are required.
func (op *operation) signature() []string {
	names := op.argumentNames()
	if op.prepare() != nil || len(op.bodyMembers) == 0 {
		return names
	}
	var required, others []string
	for _, name := range op.bodyMembers {
		if op.bodyRequires[name] {
			required = append(required, name+"*")
		} else {
			others = append(others, name)
		}
	}
	members := append(required, others...)
	if len(members) > maxMembers {
		members = append(members[:min(len(required), maxMembers)], fmt.Sprintf("… (%d in all)", len(op.bodyMembers)))
	}
	for i, name := range names {
		if strings.TrimSuffix(name, "*") == serialize.BodyArgument {
			names[i] += " {" + strings.Join(members, ", ") + "}"
		}
	}
	return names
}

// belongIn returns problems in which unknown arguments that belong in another one say so.
func belongIn(problems []jsonschema.Problem, argument string, members []string) []jsonschema.Problem {
	out := slices.Clone(problems)
	for i, p := range out {
		if p.Kind == jsonschema.UnknownMember && slices.Contains(members, p.Field) {
			out[i].Reason, out[i].Kind = "belongs in "+argument, jsonschema.InvalidValue
		}
	}
	return out
}

// invalidFixed answers a call of a fixed tool with invalid arguments.
func invalidFixed(schema string, problems []jsonschema.Problem) *mcp.CallToolResult {
	return invalid(problems, schemaNames(schema), suggest(fixedSchemas()[schema].plain, problems)...)
}

// fixedSchema is the schema of the arguments of a fixed tool.
type fixedSchema struct {
	plain    any
	compiled *jsonschema.Schema // nil if it cannot be checked
}

// fixedSchemas returns the schemas of all fixed tools by their text.
var fixedSchemas = sync.OnceValue(func() map[string]fixedSchema {
	all := map[string]fixedSchema{}
	for _, text := range []string{searchSchema, describeSchema, callSchema, readMoreSchema, describeAllSchema, noArguments} {
		plain := orderedjson.PlainOf(json.RawMessage(text))
		compiled, _ := jsonschema.Compile(plain)
		all[text] = fixedSchema{plain, compiled}
	}
	return all
})

// parseArguments reads the arguments of a fixed tool, and returns their problems.
func parseArguments(
	ctx context.Context, schema string, raw json.RawMessage,
) (*orderedjson.Object, []jsonschema.Problem) {
	args, problems := decodeArguments(raw)
	if len(problems) > 0 {
		return nil, problems
	}
	fixed := fixedSchemas()[schema]
	if fixed.compiled == nil {
		return nil, []jsonschema.Problem{{Reason: "cannot be checked"}}
	}
	readValues(fixed.plain, false, args)
	return args, jsonschema.Problems(fixed.compiled.Validate(ctx, orderedjson.Plain(args)))
}

// schemaNames returns the names of the arguments of a fixed tool, required ones first and with "*".
func schemaNames(schema string) (names []string) {
	s, _ := fixedSchemas()[schema].plain.(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range required {
		names = append(names, fmt.Sprint(name)+"*")
	}
	properties, _ := s["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if !slices.Contains(names, name+"*") && name != confirmedArgument {
			names = append(names, name)
		}
	}
	return names
}
