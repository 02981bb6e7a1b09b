package check

import (
	"errors"
	"fmt"
	"regexp"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
)

// direction is that of a body: requests need not have readOnly properties, responses need not have
// writeOnly ones.
type direction byte

const (
	anyDirection direction = iota
	toServer
	toClient
)

// schemas compiles the schemas of one document, each once and when it is first needed. It is safe
// for concurrent use.
//
// It does not use kin-openapi's own validator, which takes different integers above 2^53 for equal,
// shows values in its errors, and compiles a 3.1 schema anew for each value.
type schemas struct {
	dialect jsonschema.Dialect

	mu        sync.Mutex // guards the fields below
	compiler  *jsonschema.Compiler
	resources map[resource]string // URL of each resource
	compiled  map[resource]compiled
}

type compiled struct {
	schema *jsonschema.Schema
	err    error
}

// resource is a schema in one direction. All references to one schema have the same pointer in a
// resolved document.
type resource struct {
	schema    *openapi3.Schema
	direction direction
}

func newSchemas(doc *openapi3.T) *schemas {
	return &schemas{
		dialect:   openapi.DialectOf(doc),
		compiler:  jsonschema.NewCompiler(),
		resources: map[resource]string{},
		compiled:  map[resource]compiled{},
	}
}

// compile returns the validator of ref, nil where there is no schema and so every value is valid.
func (s *schemas) compile(ref *openapi3.SchemaRef, d direction) (*jsonschema.Schema, error) {
	if ref == nil || ref.Value == nil {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := resource{ref.Value, d}
	c, has := s.compiled[key]
	if !has {
		if c.schema, c.err = s.translate(ref.Value, d); c.err != nil {
			c.err = openapi.LineError(errors.New(resourceURL.ReplaceAllString(c.err.Error(), "")))
		}
		s.compiled[key] = c
	}
	return c.schema, c.err
}

// translate compiles a schema and adds all that it refers to.
func (s *schemas) translate(root *openapi3.Schema, d direction) (*jsonschema.Schema, error) {
	t := translator{s: s, direction: d}
	url := t.add(root)
	for len(t.todo) > 0 {
		next := t.todo[0]
		t.todo = t.todo[1:]
		written := t.schema(next)
		if t.err != nil {
			return nil, fmt.Errorf("compile schema: %w", t.err)
		}
		if err := s.compiler.Add(s.resources[resource{next, d}], written); err != nil {
			return nil, err
		}
	}
	return s.compiler.Compile(url)
}

// resourceURL matches the URLs of resources, which mean nothing to a reader of errors.
var resourceURL = regexp.MustCompile(`https://schemas\.invalid/\d*#?`)
