package diff

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/oasdiff/oasdiff/diff"
)

// checkChanges returns ErrTooMuch if more than limit schemas changed in all operations together.
// One that several properties of a body have is checked once for the body.
func checkChanges(d *diff.Diff, limit int) (err error) {
	c := changes{limit: limit, cost: map[*diff.SchemaDiff]int{}}
	eachOperation(d, func(_ operationName, m *diff.MethodDiff) {
		if c.count(reflect.ValueOf(m), nil); c.n > limit {
			err = fmt.Errorf("%w: the operations have more than %d schemas that changed", ErrTooMuch, limit)
		}
	})
	return err
}

// changes counts the schemas, parameters, media types and headers that changed.
type changes struct {
	n, limit int
	cost     map[*diff.SchemaDiff]int // of those that are no part of another
}

// count counts what a value has. Seen has the schemas that were counted within one; it is nil
// outside of schemas.
func (c *changes) count(v reflect.Value, seen map[*diff.SchemaDiff]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || !strings.HasSuffix(v.Type().Elem().PkgPath(), "oasdiff/diff") || c.n > c.limit {
			return
		}
		d, isSchema := v.Interface().(*diff.SchemaDiff)
		if !isSchema {
			c.count(v.Elem(), seen)
			return
		}
		n, has := c.cost[d]
		switch {
		case seen == nil && has:
			c.n += n
		case seen == nil:
			before := c.n
			c.n++
			c.count(v.Elem(), map[*diff.SchemaDiff]bool{d: true})
			c.cost[d] = c.n - before
		case !seen[d]:
			seen[d] = true
			c.n++
			c.count(v.Elem(), seen)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Type != reflect.TypeFor[*diff.StringsDiff]() {
				c.count(v.Field(i), seen)
			}
		}
	case reflect.Map:
		for _, name := range v.MapKeys() {
			if seen == nil {
				c.n++
			}
			c.count(v.MapIndex(name), seen)
		}
	case reflect.Slice:
		for i := range v.Len() {
			if v.Index(i).Kind() != reflect.Pointer { // added or deleted elements
				c.n++
			}
			c.count(v.Index(i), seen)
		}
	}
}
