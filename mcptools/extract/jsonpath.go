package extract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ohler55/ojg/jp"
)

// maxDescents limits the use of "..", which can multiply the matches by the depth of the body.
const maxDescents = 2

// jsonPath is a parsed expression with its cost.
type jsonPath struct {
	expr jp.Expr
	cost pathCost
}

func parseJSONPath(expression string) (*jsonPath, error) {
	if strings.Count(expression, "..") > maxDescents {
		return nil, fmt.Errorf("it contains \"..\" more than %d times", maxDescents)
	}
	x, err := jp.ParseString(expression)
	if err != nil {
		return nil, err
	}
	p := &jsonPath{expr: x}
	return p, p.cost.path(x, false)
}

// read decodes a body that the path may be applied to.
func (p *jsonPath) read(body string, m *meter) (any, error) {
	v, err := decodeJSON(body, m)
	if err != nil {
		return nil, err
	}
	return v, p.cost.admit(v)
}

func compileJSONPath(expression string) (Finder, error) {
	p, err := parseJSONPath(expression)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, body string) ([]Raw, error) {
		return within(ctx, func(m *meter) ([]Raw, error) {
			v, err := p.read(body, m)
			if err != nil {
				return nil, err
			}
			var out []Raw
			for _, found := range p.expr.Get(v) {
				out = append(out, Raw{value: found})
			}
			return out, nil
		})
	}, nil
}

// Place is where a value stands in JSON: names of members and indexes of elements, as string and
// int, from the root on.
type Place []any

// Locate returns the places of all values that a JSONPath selects, for callers that need them
// exactly as they are written, within the bounds of a [Finder]. isSingle reports whether the path
// can select one value only.
func Locate(ctx context.Context, expression, body string) (places []Place, isSingle bool, err error) {
	p, err := parseJSONPath(expression)
	if err != nil {
		return nil, false, err
	}
	places, err = within(ctx, func(m *meter) (out []Place, err error) {
		v, err := p.read(body, m)
		if err != nil {
			return nil, err
		}
		if len(p.expr) == 1 && p.expr.Normal() {
			if _, isRoot := p.expr[0].(jp.Root); isRoot { // which the library does not locate
				return []Place{{}}, nil
			}
		}
		for _, found := range p.expr.Locate(v, maxFound+1) {
			out = append(out, placeOf(found))
		}
		return out, nil
	})
	return places, p.expr.Normal(), err
}

// PlaceOf returns the place that a JSONPath names, of a value that may be missing. ok is false if
// the path may select several values, or counts from the end of a list.
func PlaceOf(expression string) (place Place, ok bool) {
	p, err := parseJSONPath(expression)
	if err != nil || !p.expr.Normal() {
		return nil, false
	}
	place = placeOf(p.expr)
	return place, !slices.ContainsFunc(place, func(step any) bool { n, _ := step.(int); return n < 0 })
}

func placeOf(found jp.Expr) Place {
	out := Place{}
	for _, fragment := range found {
		switch f := fragment.(type) {
		case jp.Child:
			out = append(out, string(f))
		case jp.Nth:
			out = append(out, int(f))
		}
	}
	return out
}

// String returns the JSONPath of a place.
func (p Place) String() string {
	x := jp.Expr{jp.Root('$')}
	for _, step := range p {
		switch step := step.(type) {
		case string:
			x = append(x, jp.Child(step))
		case int:
			x = append(x, jp.Nth(step))
		}
	}
	return x.String()
}

// pathCost is what a JSONPath takes. The library cannot be interrupted within an array, so a path
// is measured before it runs.
type pathCost struct {
	descents int
	roots    int // filters that begin at the root, and so visit the whole body for each element
	unions   int // product of the sizes of unions: [0,0] visits an element twice
}

// path adds the cost of an expression. A filter within a filter, and a union, would multiply the
// work for each element.
func (c *pathCost) path(x jp.Expr, inFilter bool) error {
	c.unions = max(c.unions, 1)
	for _, fragment := range x {
		switch f := fragment.(type) {
		case jp.Descent:
			c.descents++
		case jp.Root:
			if inFilter {
				c.roots++
			}
		case jp.Union:
			c.unions = min(c.unions*max(len(f), 1), maxSteps)
			if inFilter {
				return errors.New("a list of names or numbers within a filter")
			}
		case *jp.Filter:
			if inFilter {
				return errors.New("a filter within a filter")
			}
			if err := c.filter(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// filter adds the cost of a filter. The library cannot take apart a filter that is only a path,
// such as [?(@.a)]: its text is read instead.
func (c *pathCost) filter(f *jp.Filter) (err error) {
	defer func() {
		if recover() == nil {
			return
		}
		text := strings.TrimPrefix(f.String(), "[?")
		c.descents += strings.Count(text, "..")
		c.roots += strings.Count(text, "$")
		if strings.Contains(text, "[?") || strings.Contains(text, ",") {
			err = errors.New("a filter within a filter, or a list within a filter")
		}
	}()
	return c.form(f.Inspect())
}

// form adds the cost of a part of a filter.
func (c *pathCost) form(f *jp.Form) error {
	for _, side := range []any{f.Left, f.Right} {
		var err error
		switch side := side.(type) {
		case *jp.Form:
			err = c.form(side)
		case jp.Expr:
			err = c.path(side, true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// admit returns an error if the path takes too many steps on a body.
func (c *pathCost) admit(v any) error {
	values, depth := sizeOf(v)
	steps := min(values*c.unions, maxSteps+1)
	for range c.descents - 1 {
		steps = min(steps*depth, maxSteps+1)
	}
	for range c.roots {
		steps = min(steps*values, maxSteps+1)
	}
	if steps > maxSteps {
		return fmt.Errorf("%w: the body has %d values, nested %d deep, and the expression visits them many times",
			ErrTooMuch, values, depth)
	}
	return nil
}

// sizeOf returns the number of values in v, and how deep they are nested.
func sizeOf(v any) (values, depth int) {
	add := func(e any) {
		n, d := sizeOf(e)
		values, depth = values+n, max(depth, d)
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			add(e)
		}
	case *object:
		for _, name := range v.names {
			add(v.values[name])
		}
	}
	return values + 1, depth + 1
}
