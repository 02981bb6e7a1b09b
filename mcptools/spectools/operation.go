package spectools

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/argschema"
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
	compiled     *jsonschema.Schema
	bodySchemas  []*jsonschema.Schema // by branch
	bodyMembers  []string             // that may be given as arguments; sorted
	bodyRequires map[string]bool      // the members that each body must have
	compileError error
}

// check returns what is wrong with the arguments. If the schema cannot be compiled, it accepts
// nothing.
func (op *operation) check(ctx context.Context, args *orderedjson.Object) []jsonschema.Problem {
	if op.prepare() != nil {
		return []jsonschema.Problem{{Reason: "cannot be checked, the document's schema is broken"}}
	}
	problems := jsonschema.Problems(op.compiled.Validate(ctx, orderedjson.Plain(args)))
	body, ok := args.Get(serialize.BodyArgument)
	if !ok || len(op.bodySchemas) == 0 {
		return problems
	}
	// The tool's schema accepts the body of any media type; this must be the one that is sent.
	m, _, problem := op.ChooseMedia(args)
	if problem != nil {
		return append(problems, *problem)
	}
	problems = slices.DeleteFunc(problems, isInBody) // those of some alternative
	for _, p := range jsonschema.Problems(op.bodySchemas[op.bodyBranch[m]].Validate(ctx, orderedjson.Plain(body))) {
		problems = append(problems, p.Under(serialize.BodyArgument))
	}
	return problems
}

// isInBody reports whether a problem is that of the body or of a part of it.
func isInBody(p jsonschema.Problem) bool {
	rest, ok := strings.CutPrefix(p.Field, serialize.BodyArgument)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// prepare compiles the schemas when they are first needed.
func (op *operation) prepare() error {
	op.compileOnce.Do(func() { op.compileError = op.compile() })
	return op.compileError
}

func (op *operation) compile() (err error) {
	schema := orderedjson.PlainOf(op.tool.RawInputSchema)
	op.bodyMembers = bodyMembers(schema)
	op.bodyRequires = argschema.Required(schema, serialize.BodyArgument)
	if op.compiled, err = jsonschema.Compile(schema); err != nil || op.bodyBranch == nil {
		return err
	}
	for _, m := range op.Bodies {
		branch := op.bodyBranch[m]
		if branch != len(op.bodySchemas) {
			continue // another media type has the same schema
		}
		s, err := jsonschema.CompileAt(schema, fmt.Sprintf("/properties/%s/anyOf/%d", serialize.BodyArgument, branch))
		if err != nil {
			return err
		}
		op.bodySchemas = append(op.bodySchemas, s)
	}
	return nil
}
