package policy

import (
	"context"

	yaml "github.com/oasdiff/yaml3"
)

// Condition is a condition on calls outside of a policy, in the language of policies. It is
// immutable and safe for concurrent use.
type Condition struct{ cond condition }

// LoadCondition reads a condition, an object in YAML or JSON such as {path: args.path, op: below,
// value: /tmp}. The error is a [*LoadError], unless ctx ended. name is used in messages only.
func LoadCondition(ctx context.Context, name string, data []byte) (Condition, error) {
	l := &loader{policy: &Policy{upstream: map[string]bool{}}}
	root, err := l.parse(ctx, name, "a condition", data)
	if err != nil {
		return Condition{}, err
	}
	v := valueOf(root, "")
	if v.Kind != yaml.MappingNode {
		l.wrong(v, "a condition is an object")
	}
	c := Condition{l.condition(v, yes, nil)}
	if err := loadError(name, l.problems); err != nil {
		return Condition{}, err
	}
	return c, nil
}

// Meets reports whether a call meets the condition. A condition that cannot be evaluated, because
// an argument is absent or has another type, is not met.
func (c Condition) Meets(call *Call) bool { return c.cond != nil && c.cond.eval(call) == yes }
