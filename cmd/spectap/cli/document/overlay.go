package document

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	yaml "github.com/oasdiff/yaml3"
	"github.com/ohler55/ojg/jp"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi/yamledit"
)

// This file applies Overlay documents (Overlay Specification 1.0 and 1.1) to OpenAPI
// documents.
//
// It edits the syntax tree of the document, so that order and, in YAML, comments stay; aliases and
// merge keys are written out. Targets are JSONPath expressions (RFC 9535). The member extends is
// not followed: the caller names the document.

// overlay is an Overlay document. It is safe for concurrent use.
type overlay struct{ actions []overlayAction }

// overlayAction is one change, of the nodes that target selects.
type overlayAction struct {
	text   string // of target
	target jp.Expr
	update *yaml.Node
	copy   jp.Expr // or nil if there is none
	remove bool
}

// The members of the objects of an Overlay document, with the tags of their values, "" for any.
// People write a version such as 1.0 without quotes.
var (
	overlayMembers = map[string]string{"overlay": "!!str", "info": "!!map", "extends": "!!str", "actions": "!!seq"}
	infoMembers    = map[string]string{"title": "!!str", "version": "!!str !!int !!float", "description": "!!str"}
	actionMembers  = map[string]string{"target": "!!str", "description": "!!str", "update": "", "copy": "!!str", "remove": "!!bool"}
)

// checkMembers checks the members of an object of an Overlay document.
func checkMembers(n *yaml.Node, members map[string]string, required ...string) error {
	for k, v := range yamledit.Pairs(n) {
		tag, is := members[k.Value]
		if !is && !strings.HasPrefix(k.Value, "x-") {
			return fmt.Errorf("there is no member %q: the members are %s", k.Value, strings.Join(slices.Sorted(maps.Keys(members)), ", "))
		}
		if !strings.Contains(tag, v.ShortTag()) && tag != "" {
			texts := map[string]string{"!!str": "a text", "!!bool": "true or false", "!!map": "an object", "!!seq": "a list"}
			return fmt.Errorf("%s must be %s", k.Value, texts[strings.Fields(tag)[0]])
		}
	}
	for _, k := range required {
		if yamledit.Get(n, k) == nil {
			return fmt.Errorf("it has no %s", k)
		}
	}
	return nil
}

// parseOverlay reads an Overlay document in JSON or YAML. The error names the invalid action.
func parseOverlay(ctx context.Context, data []byte) (*overlay, error) {
	t, err := yamledit.Parse(ctx, data)
	if err == nil {
		err = yamledit.WriteOut(t.Root)
	}
	if err != nil {
		return nil, err
	}
	version := yamledit.Text(yamledit.Get(t.Root, "overlay"))
	if !strings.HasPrefix(version, "1.0.") && !strings.HasPrefix(version, "1.1.") {
		return nil, fmt.Errorf("it is no Overlay document: its member overlay must be 1.0.0 or 1.1.0, is %q", version)
	}
	if err := checkMembers(t.Root, overlayMembers, "info", "actions"); err != nil {
		return nil, err
	}
	if err := checkMembers(yamledit.Get(t.Root, "info"), infoMembers, "title", "version"); err != nil {
		return nil, fmt.Errorf("info: %w", err)
	}
	o, seen := &overlay{}, map[string]int{}
	for i, n := range yamledit.Items(yamledit.Get(t.Root, "actions")) {
		a, err := parseOverlayAction(n)
		if err == nil {
			err = notRepeated(n, i+1, seen)
		}
		if err != nil {
			return nil, fmt.Errorf("action %d (line %d): %w", i+1, n.Line, err)
		}
		o.actions = append(o.actions, a)
	}
	if len(o.actions) == 0 {
		return nil, errors.New("it has no actions")
	}
	return o, nil
}

// notRepeated reports an error if an action was seen before.
func notRepeated(n *yaml.Node, number int, seen map[string]int) error {
	v, err := yamledit.Data(n)
	if err != nil {
		return err
	}
	text, err := json.Marshal(v)
	if first := seen[string(text)]; first > 0 {
		return fmt.Errorf("it equals action %d", first)
	}
	seen[string(text)] = number
	return err
}

func parseOverlayAction(n *yaml.Node) (a overlayAction, err error) {
	if err := checkMembers(n, actionMembers, "target"); err != nil {
		return a, err
	}
	a.text = yamledit.Text(yamledit.Get(n, "target"))
	if a.target, err = parseOverlayPath(a.text); err != nil {
		return a, fmt.Errorf("target %q: %w", a.text, err)
	}
	a.update = yamledit.Get(n, "update")
	a.remove = yamledit.Text(yamledit.Get(n, "remove")) == "true"
	if from := yamledit.Text(yamledit.Get(n, "copy")); from != "" {
		if a.copy, err = parseOverlayPath(from); err != nil {
			return a, fmt.Errorf("copy %q: %w", from, err)
		}
	}
	if a.update != nil && a.copy != nil {
		return a, errors.New("update and copy exclude each other")
	}
	return a, nil
}

func parseOverlayPath(s string) (jp.Expr, error) {
	if !strings.HasPrefix(s, "$") {
		return nil, errors.New("a JSONPath begins with $")
	}
	return jp.ParseString(s)
}

// Apply applies the actions in order to a document in JSON or YAML and returns the result in the
// same format. unmatched lists the targets that select nothing, which is not an error. An error
// names the action that does not fit the document; the document is then unchanged.
func (o *overlay) Apply(ctx context.Context, document []byte) (out []byte, unmatched []string, err error) {
	t, err := yamledit.Parse(ctx, document)
	if err != nil {
		return nil, nil, err
	}
	if err := yamledit.WriteOut(t.Root); err != nil {
		return nil, nil, err
	}
	left := maxAdded
	for i := range o.actions {
		a := &o.actions[i]
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		matched, err := a.apply(t.Root, &left)
		if err != nil {
			return nil, nil, fmt.Errorf("action %d, target %s: %w", i+1, a.text, err)
		}
		if !matched {
			unmatched = append(unmatched, a.text)
		}
	}
	out, err = t.Encode()
	return out, unmatched, err
}

// maxAdded bounds the nodes that actions add: each may double the document.
const maxAdded = 1_000_000

// apply reports whether the target selects anything. It subtracts the nodes that it adds from left.
func (a *overlayAction) apply(root *yaml.Node, left *int) (matched bool, err error) {
	nodes, err := findOverlaid(root, a.target)
	if err != nil || len(nodes) == 0 {
		return false, err
	}
	if a.remove {
		return true, removeOverlaid(root, nodes)
	}
	value := a.update
	switch {
	case value == nil && a.copy == nil:
		return true, nil // it changes nothing
	case a.copy != nil:
		from, err := findOverlaid(root, a.copy)
		if err != nil {
			return true, err
		}
		if len(from) != 1 {
			return true, fmt.Errorf("copy must select one node, selects %d", len(from))
		}
		value = yamledit.Copy(from[0])
	}
	if *left -= len(nodes) * decode.YAMLSize(value); *left < 0 {
		return true, errors.New("the actions add too much")
	}
	for _, n := range nodes {
		if n.Kind != nodes[0].Kind {
			return true, fmt.Errorf("it selects %s and %s, which no value fits", kindOfNode(nodes[0]), kindOfNode(n))
		}
		if n.Kind == yaml.SequenceNode && value.Kind != yaml.SequenceNode {
			n.Content = append(n.Content, yamledit.Copy(value))
		} else if err := mergeOverlay(n, value, ""); err != nil {
			return true, err
		}
	}
	return true, nil
}

// findOverlaid returns the nodes that a path selects, without duplicates.
func findOverlaid(root *yaml.Node, path jp.Expr) (nodes []*yaml.Node, err error) {
	data, err := yamledit.Data(root)
	if err != nil {
		return nil, err
	}
	if len(path) == 1 { // $, which Locate does not return
		return []*yaml.Node{root}, nil
	}
	text, err := json.Marshal(data)
	if err == nil {
		err = json.Unmarshal(text, &data) // the same number types as in path comparisons
	}
	if err != nil {
		return nil, err
	}
	seen := map[*yaml.Node]bool{}
	for _, at := range path.Locate(data, 0) {
		n := root
		for _, step := range at {
			switch step := step.(type) {
			case jp.Child:
				n = yamledit.Get(n, string(step))
			case jp.Nth:
				n = n.Content[step]
			}
		}
		if n != nil && !seen[n] {
			seen[n] = true
			nodes = append(nodes, n)
		}
	}
	return nodes, nil
}

// removeOverlaid removes nodes from the mappings and lists that hold them.
func removeOverlaid(n *yaml.Node, nodes []*yaml.Node) error {
	if slices.Contains(nodes, n) {
		return errors.New("the whole document cannot be removed")
	}
	gone := make(map[*yaml.Node]bool, len(nodes))
	for _, g := range nodes {
		gone[g] = true
	}
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		yamledit.RemovePairs(n, func(_, v *yaml.Node) bool { return gone[v] })
		if n.Kind == yaml.SequenceNode {
			n.Content = slices.DeleteFunc(n.Content, func(v *yaml.Node) bool { return gone[v] })
		}
		for _, c := range n.Content {
			visit(c)
		}
	}
	visit(n)
	return nil
}

// mergeOverlay merges a value into a node of the same kind. at is the path below the target, for
// errors.
func mergeOverlay(n, value *yaml.Node, at string) error {
	switch {
	case n.Kind != value.Kind:
		where := ""
		if at != "" {
			where = "at " + at + ", "
		}
		return fmt.Errorf("%s%s cannot be merged into %s", where, kindOfNode(value), kindOfNode(n))
	case n.Kind == yaml.SequenceNode:
		n.Content = append(n.Content, yamledit.Copy(value).Content...)
	case n.Kind == yaml.MappingNode:
		if len(n.Content) == 0 {
			n.Style = value.Style
		}
		for k, v := range yamledit.Pairs(value) {
			if old := yamledit.Get(n, k.Value); old == nil {
				n.Content = append(n.Content, yamledit.Copy(k), yamledit.Copy(v))
			} else if err := mergeOverlay(old, v, at+jsonvalue.Pointer(k.Value)); err != nil {
				return err
			}
		}
	default:
		n.Tag, n.Value, n.Style = value.Tag, value.Value, value.Style
	}
	return nil
}

func kindOfNode(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "an object"
	case yaml.SequenceNode:
		return "a list"
	}
	return "the value " + strconv.Quote(n.Value)
}
