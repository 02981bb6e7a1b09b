package jsonschema

import (
	"errors"
	"fmt"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// wide returns a schema of an object with n properties.
func wide(n int) map[string]any {
	properties := map[string]any{}
	for i := range n {
		properties[fmt.Sprint("p", i)] = i%2 == 0
	}
	return map[string]any{"properties": properties}
}

func TestTooLarge(t *testing.T) {
	must.Get(Compile(wide(1000)))
	if _, err := Compile(wide(MaxParts)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a wide schema: %v", err)
	}
	c := NewCompiler()
	for i := range 3 { // a circle of three resources, too large together
		s := wide(MaxParts / 3)
		s["$ref"] = fmt.Sprint("https://a.invalid/", (i+1)%3)
		must.Do(t, c.Add(fmt.Sprint("https://a.invalid/", i), s))
	}
	must.Do(t, c.Add("https://a.invalid/small", wide(1)))
	for range 2 {
		if _, err := c.Compile("https://a.invalid/0#/properties/p1"); !errors.Is(err, ErrTooLarge) {
			t.Errorf("a wide circle: %v", err)
		}
		if _, err := c.Compile("https://a.invalid/small"); err != nil {
			t.Errorf("a small schema after it: %v", err)
		}
	}
}

// TestPartsAreCountedOnce compiles schemas one after the other that share most of their parts.
func TestPartsAreCountedOnce(t *testing.T) {
	c := NewCompiler()
	must.Do(t, c.Add("https://a.invalid/shared", wide(2000)))
	for i := range MaxParts/2000 + 2 {
		url := fmt.Sprint("https://a.invalid/", i)
		must.Do(t, c.Add(url, map[string]any{"$ref": "https://a.invalid/shared"}))
		must.Get(c.Compile(url))
	}
}

// TestTooManyParts counts wide schemas, one after the other. To compile them would take seconds.
func TestTooManyParts(t *testing.T) {
	c := NewCompiler()
	must.Do(t, c.Add("https://a.invalid/wide", wide(MaxParts-10)))
	for range 2 {
		must.Get(c.reach("https://a.invalid/wide"))
	}
	if _, err := c.Compile("https://a.invalid/wide"); !errors.Is(err, ErrTooManyParts) {
		t.Errorf("the third wide schema: %v", err)
	}
	must.Do(t, c.Add("https://a.invalid/small", wide(1)))
	if _, err := c.Compile("https://a.invalid/small"); err != nil {
		t.Errorf("a small schema after it: %v", err)
	}
}
