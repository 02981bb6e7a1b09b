package spectools

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// named returns the tools of operations, written as "operationId METHOD /path".
func named(prefix string, format NameFormat, operations ...string) []string {
	var ops []*operation
	for _, o := range operations {
		f := strings.Split(o, " ")
		op := &operation{id: f[0]}
		op.Method, op.Path = f[1], f[2]
		ops = append(ops, op)
	}
	setToolNames(ops, prefix, format)
	out := make([]string, len(ops))
	for i, op := range ops {
		out[i] = op.toolName
	}
	return out
}

func TestToolNames(t *testing.T) {
	long := strings.Repeat("a", 55)
	const hash = `_[0-9a-f]{8}`
	for _, tt := range []struct {
		name       string
		prefix     string
		format     NameFormat
		operations []string
		want       []string // regular expressions
	}{
		{"operationId", "", "", []string{"getUser GET /users/{id}"}, []string{"getUser"}},
		{"prefix", "shop_", "", []string{"getUser GET /users/{id}"}, []string{"shop_getUser"}},
		{"format", "Shop_", NameSnake, []string{"getUser GET /u"}, []string{"Shop_get_user"}},
		{"method and path", "", "", []string{" GET /users/{userId}/pets", " POST /"}, []string{"get_users_by_userId_pets", "post_root"}},
		{"operationId of punctuation", "", "", []string{"_- GET /a//b"}, []string{"get_a_b"}},
		{"56 characters", "x", "", []string{long + " GET /"}, []string{"x" + long}},
		{"57 characters", "xy", "", []string{long + " GET /"}, []string{"xy" + long[:45] + hash}},
		{"two long names", "xy", "", []string{long + "b GET /", long + "c GET /"}, []string{"xy" + long[:45] + hash, "xy" + long[:45] + hash}},
		{"cut at a separator", "", "", []string{strings.Repeat("a", 46) + "_" + long + " GET /"}, []string{strings.Repeat("a", 46) + hash}},
		{"same name", "", "", []string{"a.b GET /1", "a_b GET /2", "a-b GET /3"}, []string{"a_b" + hash, "a_b", "a-b"}},
		{"same name without an operationId of that name", "", "", []string{"a.b GET /1", "a:b GET /2"}, []string{"a_b" + hash, "a_b" + hash}},
		{"same operationId", "", "", []string{"a GET /1", "a GET /2"}, []string{"a", "a" + hash}},
		{"same operationId and path", "", "", []string{"a GET /", "a GET /", "a GET /"}, []string{"a", "a" + hash, "a" + hash}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := named(tt.prefix, tt.format, tt.operations...)
			for i, want := range tt.want {
				if !regexp.MustCompile("^"+want+"$").MatchString(got[i]) || len(got[i]) > 56 {
					t.Errorf("got %s, want %s", got[i], want)
				}
			}
			if unique := slices.Compact(slices.Sorted(slices.Values(got))); len(unique) != len(got) {
				t.Errorf("names occur twice: %v", got)
			}
			if again := named(tt.prefix, tt.format, tt.operations...); !slices.Equal(got, again) {
				t.Errorf("then %v", again)
			}
		})
	}
}
