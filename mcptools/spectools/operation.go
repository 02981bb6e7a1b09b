package spectools

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/jsonschema"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// confirmedArgument is the argument by which the caller confirms a held call.
const confirmedArgument = "__confirmed"

// operation is one method of one path, ready to be called. It does not change once built.
type operation struct {
	serialize.Operation

	id           string // operationId, as the document has it
	toolName     string
	title        string
	description  string // of the tool
	tags         []string
	doc          *openapi3.Operation
	bodyRequired bool
	security     [][]securityScheme // alternatives; nil requires nothing
	held         bool               // each call is
	mayBeHeld    bool               // some calls are
	tool         mcp.Tool
	definition   []byte // that is pinned, as JSON; nil without pins
	// bodyBranch is the branch of the body schema's anyOf that belongs to a media type. It is nil
	// if there is one schema for all.
	bodyBranch map[*serialize.Media]int

	compileOnce  sync.Once
	schema       map[string]any  // of the arguments, as decoded JSON
	variants     []variant       // by branch
	bodyMembers  []string        // that may be given as arguments; sorted
	bodyRequires map[string]bool // the members that each body must have
	bodyTokens   []string        // the members that carry a token against forged requests
	compileError error
}

// check returns what is wrong with the arguments. If the schema cannot be compiled, it accepts
// nothing.
func (op *operation) check(ctx context.Context, args *orderedjson.Object) []jsonschema.Problem {
	if op.prepare() != nil {
		return []jsonschema.Problem{{Reason: "cannot be checked, the document's schema is broken"}}
	}
	v, problem := op.variantFor(args)
	problems := jsonschema.Problems(v.compiled.Validate(ctx, orderedjson.Plain(args)))
	if problem != nil {
		problems = append(problems, *problem)
	}
	return problems
}

// variant is the schema of the arguments with the body of some media types only.
type variant struct {
	schema   map[string]any
	compiled *jsonschema.Schema
}

// variantFor returns the schema for the media type that the arguments name.
func (op *operation) variantFor(args *orderedjson.Object) (variant, *jsonschema.Problem) {
	if op.bodyBranch == nil {
		return op.variants[0], nil
	}
	m, _, problem := op.ChooseMedia(args)
	return op.variants[op.bodyBranch[m]], problem // the first for an unknown type
}

// prepare compiles the schemas when they are first needed.
func (op *operation) prepare() error {
	op.compileOnce.Do(func() { op.compileError = op.compile() })
	return op.compileError
}

func (op *operation) compile() error {
	op.schema, _ = orderedjson.PlainOf(op.tool.RawInputSchema).(map[string]any)
	op.bodyMembers = bodyMembers(op.schema)
	op.bodyTokens = slices.DeleteFunc(propertyNames(op.schema, serialize.BodyArgument), func(name string) bool { return !isAntiForgery(name) })
	op.bodyRequires = requiredNames(op.schema, serialize.BodyArgument)
	schemas := []map[string]any{op.schema}
	if op.bodyBranch != nil {
		properties, _ := op.schema["properties"].(map[string]any)
		body, _ := properties[serialize.BodyArgument].(map[string]any)
		branches, _ := body["anyOf"].([]any)
		schemas = nil
		for _, branch := range branches {
			schema, own := maps.Clone(op.schema), maps.Clone(properties)
			schema["properties"], own[serialize.BodyArgument] = own, branch
			schemas = append(schemas, schema)
		}
	}
	for _, schema := range schemas {
		compiled, err := jsonschema.Compile(schema)
		if err != nil {
			return err
		}
		op.variants = append(op.variants, variant{schema, compiled})
	}
	return nil
}
