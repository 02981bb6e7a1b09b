package jsonschema

import (
	"errors"
	"fmt"
	"strings"
)

// MaxParts bounds the subschemas that one compilation may reach. The engine searches a list of all
// for each, so 30,000 take five seconds or more.
const MaxParts = 30_000

// ErrTooLarge reports a schema with more than [MaxParts] parts.
var ErrTooLarge = fmt.Errorf("the schema has more than %d parts", MaxParts)

// maxWork bounds what all compilations of a [Compiler] cost: the sum of the squares of their parts.
// It takes ten seconds or more.
const maxWork = 2 * MaxParts * MaxParts

// ErrTooManyParts reports schemas that have too many parts together, though each may be compiled.
var ErrTooManyParts = errors.New("the schemas have too many parts together")

// parts is what a resource has, counted before it is compiled.
type parts struct {
	schemas    int      // objects and booleans, which may be schemas
	refs       []string // of other resources
	isCompiled bool     // all of it
}

// partsOf counts the parts of a resource. Values that are no schemas count as well.
func partsOf(v any) *parts {
	p := &parts{}
	todo := []any{v}
	for len(todo) > 0 {
		v, todo = todo[len(todo)-1], todo[:len(todo)-1]
		switch v := v.(type) {
		case bool:
			p.schemas++
		case map[string]any:
			p.schemas++
			for name, member := range v {
				if ref, ok := member.(string); ok && (name == "$ref" || name == "$dynamicRef") {
					p.refs = append(p.refs, ref)
				}
				todo = append(todo, member)
			}
		case []any:
			todo = append(todo, v...)
		}
	}
	return p
}

// reach returns the resources that a compilation of a URL reaches and that were not compiled yet.
// It fails with [ErrTooLarge] or [ErrTooManyParts].
func (c *Compiler) reach(url string) ([]*parts, error) {
	n := 0
	var reached []*parts
	seen := map[*parts]bool{}
	todo := []string{url}
	for len(todo) > 0 {
		at, _, _ := strings.Cut(todo[len(todo)-1], "#")
		todo = todo[:len(todo)-1]
		p := c.parts[at]
		if p == nil || p.isCompiled || seen[p] {
			continue
		}
		seen[p] = true
		reached = append(reached, p)
		if n += p.schemas; n > MaxParts {
			return nil, ErrTooLarge
		}
		todo = append(todo, p.refs...)
	}
	if c.work+n*n > maxWork {
		return nil, ErrTooManyParts
	}
	c.work += n * n
	return reached, nil
}
