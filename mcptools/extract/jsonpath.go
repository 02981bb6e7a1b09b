package extract

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ohler55/ojg/jp"
)

// maxDescents limits the use of "..", which can multiply the matches by the depth of the body.
const maxDescents = 2

func compileJSONPath(expression string) (Finder, error) {
	if strings.Count(expression, "..") > maxDescents {
		return nil, fmt.Errorf("it contains \"..\" more than %d times", maxDescents)
	}
	x, err := jp.ParseString(expression)
	if err != nil {
		return nil, err
	}
	var cost pathCost
	if err := cost.path(x, false); err != nil {
		return nil, err
	}
	return func(ctx context.Context, body string, _ bool) ([]Raw, error) {
		return within(ctx, func(m *meter) ([]Raw, error) {
			v, err := decodeJSON(body, m)
			if err != nil {
				return nil, err
			}
			if err := cost.admit(v); err != nil {
				return nil, err
			}
			var out []Raw
			for _, found := range x.Get(v) {
				out = append(out, Raw{value: found, isJSON: true})
			}
			return out, nil
		})
	}, nil
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
