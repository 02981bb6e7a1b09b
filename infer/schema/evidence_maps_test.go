package schema

import (
	"fmt"
	"strings"
	"testing"
)

func TestMapEvidence(t *testing.T) {
	// object returns an object with one value under each name.
	object := func(value string, names ...string) string {
		var members []string
		for _, n := range names {
			members = append(members, fmt.Sprintf("%q:%s", n, value))
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	in := func(name string, objects ...string) (out []string) {
		for _, o := range objects {
			out = append(out, fmt.Sprintf(`{"id":1,%q:%s}`, name, o))
		}
		return out
	}
	// sets returns an object for each list of names.
	sets := func(value string, lists ...string) (out []string) {
		for _, l := range lists {
			out = append(out, object(value, strings.Fields(l)...))
		}
		return out
	}
	checkEvidence(t, []evidence{
		{"two ids", in("x", object("1", "a1b2c3", "d4e5f6")), "{id: integer, x: {*: integer}}"},
		{"one id", in("x", object("1", "a1b2c3")), "{id: integer, x: {*: integer}}"},
		{"two numbers", in("x", object("1", "17", "18")), "{id: integer, x: {*: integer}}"},
		{"one number", in("x", object("1", "17")), "{id: integer, x: {17: integer}}"},
		{"ids with values of two kinds", in("x", `{"a1b2c3":1,"d4e5f6":"a"}`), "{id: integer, x: {a1b2c3: integer, d4e5f6: string}}"},
		{"locales", in("x", object(`"a"`, "en-US", "pt_BR")), "{id: integer, x: {*: string}}"},
		{"no locales", in("x", object(`"a"`, "EN-us", "ptbbr")), "{id: integer, x: {EN-us: string, ptbbr: string}}"},
		{"hosts", in("x", object("1", "a.example", "b.example")), "{id: integer, x: {*: integer}}"},
		{"a third of the names are ids", in("x", object("1", "alpha", "beta", "a1b2c3")), "{id: integer, x: {*: integer}}"},
		{"a quarter of them", in("x", object("1", "alpha", "beta", "gamma", "a1b2c3")),
			"{id: integer, x: {a1b2c3: integer, alpha: integer, beta: integer, gamma: integer}}"},
		{"name of a map", in("labels", object(`"a"`, "alpha", "beta", "gamma")), "{id: integer, labels: {*: string}}"},
		{"name of a map with numbers", in("labels", object("1", "alpha", "beta", "gamma")),
			"{id: integer, labels: {alpha: integer, beta: integer, gamma: integer}}"},
		{"name of a map, two pairs", in("labels", `{"up":"a","down":"b"}`, `{"up":"c","down":"d"}`), "{id!: integer, labels!: {*: string}}"},
		{"name of a map, three pairs", in("labels", `{"up":"a","down":"b"}`, `{"up":"c","down":"d"}`, `{"up":"e","down":"f"}`),
			"{id!: integer, labels!: {down!: string, up!: string}}"},
		{"new names", in("x", sets("1", "one two", "three four", "five six", "seven one")...),
			"{id!: integer, x!: {*: integer}}"},
		{"new names, but one", in("x", sets("1", "base one two", "base three four", "base five six")...),
			"{id!: integer, x!: {base: integer, five: integer, four: integer, one: integer, six: integer, three: integer, two: integer}}"},
		{"phrases", in("x", sets("1", "first_one first_two", "first_three first_four", "first_five first_six")...),
			"{id!: integer, x!: {first_five: integer, first_four: integer, first_one: integer, first_six: integer, first_three: integer, first_two: integer}}"},
		{"five sets of strings", in("x", sets(`"v"`, "alpha beta", "beta gamma", "gamma delta", "delta eta", "eta alpha")...),
			"{id!: integer, x!: {*: string}}"},
		{"four sets of strings", in("x", sets(`"v"`, "alpha beta", "beta gamma", "gamma delta", "delta alpha")...),
			"{id!: integer, x!: {alpha: string, beta: string, delta: string, gamma: string}}"},
		{"five sets of numbers", in("x", sets("1", "alpha beta", "beta gamma", "gamma delta", "delta eta", "eta alpha")...),
			"{id!: integer, x!: {alpha: integer, beta: integer, delta: integer, eta: integer, gamma: integer}}"},
		{"five sets with a common name", in("x", sets(`"v"`, "alpha beta", "alpha gamma", "alpha delta", "eta gamma", "eta beta")...),
			"{id!: integer, x!: {alpha: string, beta: string, delta: string, eta: string, gamma: string}}"},
		{"any name", in("x", `{"*":1}`, `{"*":2}`), "{id!: integer, x!: {*: integer}}"},
		{"any name beside others", in("x", `{"*":1}`, `{"*":2,"alpha":3}`), "{id!: integer, x!: {*: integer}}"},
		{"any name of a record", in("x", `{"*":{"alpha":3}}`, `{"*":{"alpha":4}}`), "{id!: integer, x!: {*: {alpha!: integer}}}"},
		{"empty", in("x", "{}", "{}"), "{id!: integer, x!: {}}"},
	})
}

func TestTupleEvidence(t *testing.T) {
	checkEvidence(t, []evidence{
		{"five pairs", []string{`5× {"x":[1,"a"]}`}, "{x!: [integer, string]}"},
		{"four pairs", []string{`4× {"x":[1,"a"]}`}, "{x!: [integer|string]}"},
		{"of one kind", []string{`9× {"x":[1,2]}`}, "{x!: [integer]}"},
		{"four elements", []string{`5× {"x":[1,"a",true,null]}`}, "{x!: [integer, string, boolean, any?]}"},
		{"five elements", []string{`5× {"x":[1,"a",true,null,2]}`}, "{x!: [boolean|integer|string?]}"},
		{"one element", []string{`5× {"x":[1]}`, `5× {"x":["a"]}`}, "{x!: [integer|string]}"},
		{"two lengths", []string{`5× {"x":[1,"a"]}`, `{"x":[1]}`}, "{x!: [integer|string]}"},
		{"objects", []string{`5× {"x":[1,{"a":1}]}`}, "{x!: [(integer | {a!: integer})]}"},
		{"null at one place", []string{`5× {"x":[1,"a"]}`, `{"x":[null,"a"]}`}, "{x!: [integer?, string]}"},
		{"empty lists", []string{`5× {"x":[1,"a"]}`, `{"x":[]}`}, "{x!: [integer|string]}"},
		{"two kinds at one place", []string{`5× {"x":[1,"a"]}`, `{"x":["b","a"]}`}, "{x!: [integer|string]}"},
		{"fraction at one place", []string{`5× {"x":[1,"a"]}`, `{"x":[1.5,"a"]}`}, "{x!: [number, string]}"},
	})
}

func TestAlternativesEvidence(t *testing.T) {
	event := func(n int, kind, members string) string {
		return fmt.Sprintf(`%d× {"id":1,"at":"a b","type":%q,%s}`, n, kind, members)
	}
	const push, fork = `"commits":3,"ref":"a","head":"b","before":"c"`, `"forkee":3,"owner":"a","private":true,"url":"b"`
	checkEvidence(t, []evidence{
		{"a tag for each shape", []string{event(3, "push", push), event(3, "fork", fork)},
			"oneOf(ForkThings | PushThings) by type fork=ForkThings push=PushThings"},
		{"one exchange each", []string{event(1, "push", push), event(1, "fork", fork)},
			"{at!: string, before: string, commits: integer, forkee: integer, head: string, id!: integer, owner: string, private: boolean, " +
				"ref: string, type!: string, url: string}"},
		{"shapes that differ little", []string{event(3, "push", `"commits":3,"ref":"a"`), event(3, "fork", `"forkee":3,"ref":"a"`)},
			"{at!: string, commits: integer, forkee: integer, id!: integer, ref!: string, type!: string}"},
		{"no tag", []string{`3× {"id":1,"commits":3,"ref":"a","head":"b","before":"c"}`, `3× {"id":1,"forkee":3,"owner":"a","private":true,"url":"b"}`},
			"{before: string, commits: integer, forkee: integer, head: string, id!: integer, owner: string, private: boolean, ref: string, url: string}"},
		{"object or string", []string{`4× {"x":{"a":1}}`, `4× {"x":"b"}`}, "{x!: (string | {a!: integer})}"},
		{"object or null", []string{`4× {"x":{"a":1}}`, `4× {"x":null}`}, "{x!: {a!: integer}?}"},
		{"object or list of them", []string{`4× {"x":{"a":1}}`, `4× {"x":[{"a":1}]}`}, "{x!: ([{a!: integer}] | {a!: integer})}"},
		{"number or string", []string{`4× {"x":1}`, `4× {"x":"b"}`}, "{x!: integer|string}"},
	})
}
