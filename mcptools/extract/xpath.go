package extract

import (
	"context"
	"fmt"
	"strings"

	"github.com/antchfx/htmlquery"
	"github.com/antchfx/xmlquery"
	"github.com/antchfx/xpath"
)

func compileXPath(expression string) (Finder, error) {
	x, err := xpath.Compile(expression)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, body string, isXML bool) ([]Raw, error) {
		return within(ctx, func(m *meter) ([]Raw, error) {
			if isXML {
				if err := admitXML(body); err != nil {
					return nil, err
				}
				root, err := xmlquery.Parse(contextReader{ctx, strings.NewReader(body)})
				if err != nil {
					return nil, err
				}
				return evaluate(x, &navigator{xmlquery.CreateXPathNavigator(root), m})
			}
			root, err := parseHTML(ctx, body)
			if err != nil {
				return nil, err
			}
			return evaluate(x, &navigator{htmlquery.CreateXPathNavigator(root), m})
		})
	}, nil
}

// evaluate evaluates an expression that returns nodes, or a value such as count(//a).
func evaluate(x *xpath.Expr, root *navigator) ([]Raw, error) {
	v := x.Evaluate(root)
	nodes, ok := v.(*xpath.NodeIterator)
	if !ok {
		return []Raw{{text: fmt.Sprint(v)}}, nil
	}
	var out []Raw
	for nodes.MoveNext() {
		if len(out) == maxFound {
			return nil, tooMany()
		}
		out = append(out, nodes.Current().(*navigator).match())
	}
	return out, nil
}

// navigator is a cursor in a tree of HTML or XML that counts its moves.
type navigator struct {
	xpath.NodeNavigator
	meter *meter
}

// match returns the node as a match.
func (n *navigator) match() Raw {
	if n.NodeType() == xpath.ElementNode || n.NodeType() == xpath.RootNode {
		switch at := n.NodeNavigator.(type) {
		case *htmlquery.NodeNavigator:
			return Raw{html: at.Current()}
		case *xmlquery.NodeNavigator:
			return Raw{xml: at.Current()}
		}
	}
	return Raw{text: strings.TrimSpace(n.Value())}
}

// Value implements xpath.NodeNavigator. It takes a step for 16 bytes and for each node of the text.
func (n *navigator) Value() string {
	if n.NodeType() == xpath.ElementNode {
		switch at := n.NodeNavigator.(type) {
		case *htmlquery.NodeNavigator:
			for range at.Current().Descendants() {
				n.meter.spend(1)
			}
		case *xmlquery.NodeNavigator:
			n.meter.spendBelow(at.Current())
		}
	}
	s := n.NodeNavigator.Value()
	n.meter.spend(1 + len(s)/16)
	return s
}

// String returns the value, as those of the libraries do.
func (n *navigator) String() string { return n.Value() }

// NamespaceURL returns the namespace of an element of XML.
func (n *navigator) NamespaceURL() string {
	if x, ok := n.NodeNavigator.(*xmlquery.NodeNavigator); ok {
		return x.NamespaceURL()
	}
	return ""
}

// Copy implements xpath.NodeNavigator.
func (n *navigator) Copy() xpath.NodeNavigator {
	n.meter.spend(1)
	return &navigator{n.NodeNavigator.Copy(), n.meter}
}

// MoveToParent implements xpath.NodeNavigator.
func (n *navigator) MoveToParent() bool {
	n.meter.spend(1)
	return n.NodeNavigator.MoveToParent()
}

// MoveToNextAttribute implements xpath.NodeNavigator.
func (n *navigator) MoveToNextAttribute() bool {
	n.meter.spend(1)
	return n.NodeNavigator.MoveToNextAttribute()
}

// MoveToChild implements xpath.NodeNavigator.
func (n *navigator) MoveToChild() bool {
	n.meter.spend(1)
	return n.NodeNavigator.MoveToChild()
}

// MoveToFirst implements xpath.NodeNavigator. It passes all siblings on the way.
func (n *navigator) MoveToFirst() bool {
	moved := false
	for n.MoveToPrevious() {
		moved = true
	}
	return moved
}

// MoveToNext implements xpath.NodeNavigator.
func (n *navigator) MoveToNext() bool {
	n.meter.spend(1)
	return n.NodeNavigator.MoveToNext()
}

// MoveToPrevious implements xpath.NodeNavigator.
func (n *navigator) MoveToPrevious() bool {
	n.meter.spend(1)
	return n.NodeNavigator.MoveToPrevious()
}

// MoveTo implements xpath.NodeNavigator.
func (n *navigator) MoveTo(other xpath.NodeNavigator) bool {
	n.meter.spend(1)
	o, ok := other.(*navigator)
	return ok && n.NodeNavigator.MoveTo(o.NodeNavigator)
}
