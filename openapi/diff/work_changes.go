package diff

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/oasdiff/oasdiff/diff"
)

// pathCost is how many bytes of the path of a property count as another schema.
const pathCost = 64

// checkChanges returns ErrTooMuch if more than limit schemas changed in all operations together.
// One that several properties of a body have is checked once for the body.
func checkChanges(d *diff.Diff, limit int) error {
	c := changes{limit: limit, cost: map[*diff.SchemaDiff]int{}}
	if d == nil {
		return nil
	}
	for _, paths := range []map[string]*diff.PathDiff{pathsOf(d.PathsDiff), webhooksOf(d.WebhooksDiff)} {
		for _, path := range paths {
			if path.OperationsDiff == nil {
				continue
			}
			for _, operation := range path.OperationsDiff.Modified {
				if c.operation(operation); c.n > limit {
					return fmt.Errorf("%w: the operations have more than %d schemas that changed", ErrTooMuch, limit)
				}
			}
		}
	}
	return nil
}

func pathsOf(d *diff.PathsDiff) map[string]*diff.PathDiff {
	if d == nil {
		return nil
	}
	return d.Modified
}

func webhooksOf(d *diff.WebhooksDiff) map[string]*diff.PathDiff {
	if d == nil {
		return nil
	}
	return d.Modified
}

// changes counts the schemas that changed.
type changes struct {
	n, limit int
	cost     map[*diff.SchemaDiff]int // of those that are no part of another
}

func (c *changes) operation(m *diff.MethodDiff) {
	c.n++
	if d := m.RequestBodyDiff; d != nil {
		c.content(d.ContentDiff)
	}
	if d := m.ParametersDiff; d != nil {
		for _, in := range d.Modified {
			for _, p := range in {
				c.n++
				c.schema(p.SchemaDiff)
				c.content(p.ContentDiff)
			}
		}
	}
	if m.ResponsesDiff == nil {
		return
	}
	for _, r := range m.ResponsesDiff.Modified {
		c.content(r.ContentDiff)
		if r.HeadersDiff == nil {
			continue
		}
		for _, h := range r.HeadersDiff.Modified {
			c.n++
			c.schema(h.SchemaDiff)
			c.content(h.ContentDiff)
		}
	}
}

func (c *changes) content(d *diff.ContentDiff) {
	if d == nil {
		return
	}
	c.n += len(d.MediaTypeAdded) + len(d.MediaTypeDeleted)
	for _, m := range d.MediaTypeModified {
		if c.n++; m != nil {
			c.schema(m.SchemaDiff)
			c.schema(m.ItemSchemaDiff)
		}
	}
}

// schema counts a changed schema and what changed below it, each with the length of its path.
func (c *changes) schema(root *diff.SchemaDiff) {
	if root == nil || c.n > c.limit {
		return
	}
	if n, has := c.cost[root]; has {
		c.n += n
		return
	}
	before := c.n
	seen := map[*diff.SchemaDiff]bool{}
	var visit func(d *diff.SchemaDiff, length int)
	below := func(name string, d *diff.SchemaDiff, length int) {
		if d != nil && !seen[d] {
			visit(d, length+len(name)+1)
		}
	}
	visit = func(d *diff.SchemaDiff, length int) {
		seen[d] = true
		if c.n += 1 + length/pathCost; c.n > c.limit {
			return
		}
		fields := reflect.ValueOf(d).Elem()
		for i := range fields.NumField() {
			switch v := fields.Field(i).Interface().(type) {
			case *diff.SchemaDiff:
				below(fields.Type().Field(i).Name, v, length)
			case *diff.SchemasDiff:
				if v != nil {
					c.n += len(v.Added) + len(v.Deleted)
					for _, name := range slices.Sorted(maps.Keys(v.Modified)) {
						below(name, v.Modified[name], length)
					}
				}
			case *diff.SubschemasDiff:
				if v != nil {
					c.n += len(v.Added) + len(v.Deleted)
					for _, m := range v.Modified {
						below("subschema", m.Diff, length)
					}
				}
			}
		}
	}
	visit(root, 0)
	c.cost[root] = c.n - before
}
