package openapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/internal/cleantext"
	"github.com/spectap/spectap/openapi/internal/layout"
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
		return nil, cleantext.Error(err)
	}
	return t, nil
}

// References returns what n refers to, at any depth, extensions included: the values of $ref and of
// the mappings of discriminators. A mapping's bare name also counts as a reference to the schema of
// that name, and $Ref as $ref, since encoding/json ignores case, and kin-openapi follows it.
func References(n *yaml.Node) map[string]bool {
	out := map[string]bool{}
	collectReferences(n, out)
	return out
}

func collectReferences(n *yaml.Node, out map[string]bool) {
	if n == nil || n.Kind == yaml.AliasNode { // the node of the anchor is visited where it stands
		return
	}
	for k, v := range yamledit.Pairs(n) {
		switch {
		case strings.EqualFold(k.Value, "$ref") && v.Kind == yaml.ScalarNode:
			out[v.Value] = true
		case k.Value == "mapping" && v.Kind == yaml.MappingNode:
			for _, to := range yamledit.Pairs(v) {
				out[to.Value] = true
				out[layout.SchemaPrefix+to.Value] = true
			}
		}
	}
	for _, c := range n.Content {
		collectReferences(c, out)
	}
}

// VersionOf returns the version of OpenAPI that a document is written in: "2.0", "3.0" or "3.1".
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
