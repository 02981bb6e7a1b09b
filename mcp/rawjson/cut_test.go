package rawjson

import "testing"

// TestCutValues checks that an object or list that ends early is an error wherever it is cut, and
// not an object or list with fewer members.
func TestCutValues(t *testing.T) {
	const object = ` { "a" : [1, {"b":"]}"}] , "c\"d" : null , "e":-1.5e3 } `
	const list = ` [ {"a":"]"} , [1,2] , "x\"y" , null , -1.5e3 ] `
	for i := range object[:len(object)-2] {
		if members, err := Split([]byte(object[:i])); err == nil {
			t.Errorf("%q has the members %q", object[:i], members)
		}
	}
	for i := range list[:len(list)-2] {
		if elements, err := Elements([]byte(list[:i])); err == nil {
			t.Errorf("%q has the elements %q", list[:i], elements)
		}
	}
	if members, err := Split([]byte(object)); err != nil || len(members) != 3 || members[1].Name != `c"d` {
		t.Errorf("the whole object has %q, %v", members, err)
	}
	if elements, err := Elements([]byte(list)); err != nil || len(elements) != 5 || string(elements[2]) != `"x\"y"` {
		t.Errorf("the whole list has %q, %v", elements, err)
	}
	for _, text := range []string{`{"a" 1}`, `{a:1}`, `{1:1}`, `{"a":}`, `{"a":1 "b":2}`, `[]`, `"{}"`} {
		if members, err := Split([]byte(text)); err == nil {
			t.Errorf("%s has the members %q", text, members)
		}
	}
	for _, text := range []string{`[1 2]`, `[,1]`, `{}`, `"[]"`} {
		if elements, err := Elements([]byte(text)); err == nil {
			t.Errorf("%s has the elements %q", text, elements)
		}
	}
}
