package spectools

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
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
	out, err := op.Arguments(path, r)
	if err != nil {
		return "", nil, err
	}
	return op.toolName, orderedjson.Encode(out), nil
}

// Argument says where an argument of a tool goes.
type Argument struct {
	Name  string // of the argument
	In    string // path, query, header or cookie
	Param string // the name of the parameter
}

// Scheme is a security scheme that an operation requires.
type Scheme struct {
	Name string
	*openapi3.SecurityScheme
}

// Form is what a person fills in to call an operation.
type Form struct {
	Tool, Origin string
	Schema       json.RawMessage // JSON Schema of the arguments
	Arguments    []Argument      // without those of the body
	Security     [][]Scheme      // alternatives; none requires nothing
}

// find returns an operation by its method and path template, nil if the set has none.
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
	out := Form{Tool: op.toolName, Origin: originOf(op.BaseURL), Schema: op.tool.RawInputSchema}
	for _, p := range op.Parameters {
		out.Arguments = append(out.Arguments, Argument{Name: p.Argument, In: p.In, Param: p.Name})
	}
	for _, alternative := range op.security {
		var schemes []Scheme
		for _, x := range alternative {
			schemes = append(schemes, Scheme{x.name, x.SecurityScheme})
		}
		out.Security = append(out.Security, schemes)
	}
	return out, true
}

// Request returns the request that a call with these arguments sends, without credentials. It has
// no effect. The problems say what is wrong with the arguments.
func (s *Set) Request(ctx context.Context, method, template string, raw []byte) (egress.Call, []jsonschema.Problem) {
	op := s.find(method, template)
	if op == nil {
		return egress.Call{}, []jsonschema.Problem{{Reason: "the document has no such operation"}}
	}
	args, _, problems := s.arguments(ctx, op, raw)
	if len(problems) > 0 {
		return egress.Call{}, op.locate(problems)
	}
	call, problem := op.Request(args)
	if problem != nil {
		return egress.Call{}, op.locate([]jsonschema.Problem{*problem})
	}
	return withAccept(op, call), nil
}

// withAccept adds the header Accept.
func withAccept(op *operation, call egress.Call) egress.Call {
	if v := accept(op); v != "" {
		call.Header = append(slices.Clone(call.Header), egress.Pair{Name: "Accept", Value: v})
	}
	return call
}
