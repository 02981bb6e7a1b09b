package failure

import "testing"

func TestNameValues(t *testing.T) {
	for _, c := range []struct{ message, template, path, want string }{
		{"patch (data-lake/rc-{n}; /v1)", "/namespaces/{namespace}/rc/{name}", "/api/v1/namespaces/data-lake/rc/rc-3", "patch ({namespace}/rc-{n}; /v1)"},
		{"pods web-1 not found: web-1", "/pods/{name}", "/pods/web-1", "pods {name} not found: {name}"},
		{"web-1 and web-10", "/pods/{name}", "/pods/web-1", "{name} and web-10"},
		{"no export of 2031-01-01", "/exports/{day}", "/exports/2031-01-01?x=1", "no export of {day}"},
		{"{name} is unknown", "/labels/{label}", "/labels/name", "{name} is unknown"},
		{"a 1 b", "/a/{id}", "/a/1", "a 1 b"},
		{"users are many", "/users/{id}", "/users/us", "users are many"},
		{"no user zz", "/users/{id}", "/users/zz", "no user {id}"},
		{"no user z", "/users/{id}", "/users/z", "no user z"},
		{"az, az0 Zaz _az az_ éaz {az} azZ", "/a/{id}", "/a/az", "{id}, az0 Zaz _az az_ éaz {az} azZ"},
		{"9az az9 zaz aza Aaz", "/a/{id}", "/a/az", "9az az9 zaz aza Aaz"},
		{"x", "/long/{a}/{b}", "/short", "x"},
		{"Me failed", "/graphql#Me", "/graphql", "Me failed"},
	} {
		if got := NameValues(c.message, c.template, c.path); got != c.want {
			t.Errorf("%q, %s, %s: %q, want %q", c.message, c.template, c.path, got, c.want)
		}
	}
}
