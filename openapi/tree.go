package openapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi/yamledit"
)

// ParseTree reads a document as a tree that keeps order, comments and positions. The errors are
// those of [Load].
func ParseTree(data []byte) (*yamledit.Tree, error) {
	return ParseTreeContext(context.Background(), data)
}

// ParseTreeContext is [ParseTree] that ends soon after ctx, with its error.
func ParseTreeContext(ctx context.Context, data []byte) (*yamledit.Tree, error) {
	if !json.Valid(bytes.TrimPrefix(data, byteOrderMark)) { // else the tree reports all errors
		if _, err := Parse(data); err != nil {
			return nil, err
		}
	}
	t, err := yamledit.Parse(ctx, data)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, yamledit.ErrNotObject):
		return nil, fmt.Errorf("%w: it is not an object", ErrNotOpenAPI)
	case err != nil:
		return nil, LineError(err)
	}
	return t, nil
}

// References returns the references in n, at any depth, extensions included: the values of $ref and
// $dynamicRef, the names in discriminators, and required security schemes. A bare name in a
// discriminator also counts as a reference to the schema of that name, and $Ref as $ref, since
// encoding/json ignores case, and kin-openapi follows it.
func References(n *yaml.Node) map[string]bool {
	c := collector{out: map[string]bool{}, aliased: map[*yaml.Node]bool{}}
	c.collect(n)
	return c.out
}

// collector collects references. aliased has the targets of aliases that were visited.
type collector struct {
	out     map[string]bool
	aliased map[*yaml.Node]bool
}

func (c collector) collect(n *yaml.Node) {
	if n != nil && n.Kind == yaml.AliasNode {
		if n = n.Alias; c.aliased[n] {
			return
		}
		c.aliased[n] = true
	}
	if n == nil {
		return
	}
	for k, v := range yamledit.Pairs(n) {
		switch {
		case (strings.EqualFold(k.Value, "$ref") || k.Value == "$dynamicRef") && v.Kind == yaml.ScalarNode:
			c.out[v.Value] = true
		case k.Value == "defaultMapping" && v.Kind == yaml.ScalarNode:
			c.schema(v.Value)
		case k.Value == "mapping":
			for _, to := range yamledit.Pairs(yamledit.Resolve(v)) {
				c.schema(to.Value)
			}
		case k.Value == "security":
			for _, r := range yamledit.Items(yamledit.Resolve(v)) {
				for name := range yamledit.Pairs(yamledit.Resolve(r)) {
					c.out[name.Value] = true // a URI (3.2)
					c.out["#"+jsonvalue.Pointer("components", "securitySchemes", name.Value)] = true
					c.out["#"+jsonvalue.Pointer("securityDefinitions", name.Value)] = true
				}
			}
		}
	}
	for _, child := range n.Content {
		c.collect(child)
	}
}

// schema adds a schema that a discriminator names.
func (c collector) schema(name string) { c.out[name], c.out[SchemaPrefix+name] = true, true }

// RemoveOperations removes the operations of a path item for which drop returns true. A method is
// spelled as it is sent. Merge keys of YAML must have been written out.
func RemoveOperations(item *yaml.Node, drop func(method string, op *yaml.Node) bool) {
	yamledit.RemovePairs(item, func(key, op *yaml.Node) bool {
		return IsOperationKey(key.Value) && drop(strings.ToUpper(key.Value), yamledit.Resolve(op))
	})
	for k, others := range yamledit.Pairs(item) {
		if k.Value != AdditionalOperations {
			continue
		}
		left := yamledit.Mapping()
		left.Style, left.Content = yamledit.Resolve(others).Style, yamledit.Merged(others)
		yamledit.RemovePairs(left, func(key, op *yaml.Node) bool { return drop(key.Value, yamledit.Resolve(op)) })
		for i := range item.Content {
			if item.Content[i] == others {
				item.Content[i] = left // others may stand elsewhere, too
			}
		}
	}
	yamledit.RemovePairs(item, func(k, others *yaml.Node) bool { return k.Value == AdditionalOperations && len(others.Content) == 0 })
}

// VersionOf returns the version of OpenAPI that a document is written in: "2.0", "3.0", "3.1" or
// "3.2".
func VersionOf(data []byte) (string, error) {
	top, err := parseTop(data)
	if err != nil {
		return "", err
	}
	for _, key := range []string{"openapi", "swagger"} {
		var v any
		if err := top.text(key, &v); err != nil {
			return "", err
		}
		if s, ok := v.(string); ok && len(s) >= 3 {
			return s[:3], nil
		}
	}
	return "", fmt.Errorf("%w: it has no field openapi", ErrNotOpenAPI)
}
