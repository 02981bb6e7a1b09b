package route

import "github.com/spectap/spectap/infer/bottomk"

// Exchange is what a request and its response contribute.
type Exchange struct {
	Method           string
	Path             string
	Status           int
	Location         string
	HasBody, List    bool
	Scalars, Request []Scalar // of the response, of the request
	Keys             []string
}

// Scalar is a string or integer of a body.
type Scalar struct {
	Field, Owner, Text string
	Item               bool
	Depth              int // number of enclosing objects
}

// Add adds one exchange.
func (t *Tree) Add(e *Exchange) Payload {
	p := t.Begin(e.Method, e.Path, e.Status)
	for _, s := range e.Scalars {
		t.ResponseValue(NewProperty(s.Field, s.Owner, s.Item, s.Depth == 1), []byte(s.Text), bottomk.Hash(s.Text))
	}
	for _, s := range e.Request {
		t.RequestValue(NewProperty(s.Field, s.Owner, s.Item, s.Depth == 1), []byte(s.Text), bottomk.Hash(s.Text))
	}
	for _, k := range e.Keys {
		t.PropertyName(k)
	}
	t.End(e.Location, e.HasBody, e.List)
	return p
}
