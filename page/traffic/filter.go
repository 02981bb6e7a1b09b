package traffic

import (
	"context"
	"errors"

	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/page/wire"
)

// Language is what the filter language consists of, for completion.
type Language struct {
	Fields []Field `json:"fields"`
}

// Field is a field of the filter language.
type Field struct {
	Name  string `json:"name"`
	Wants string `json:"wants"` // what the value must be
	// Values are values that the field has, for completion. Others may be possible.
	Values []string `json:"values"`
}

func (p *panel) language(context.Context, wire.None) (Language, error) {
	var out Language
	for _, f := range filter.Fields() {
		out.Fields = append(out.Fields, Field{f.Name, f.Wants, f.Values})
	}
	return out, nil
}

// FilterText is a filter as a person writes it.
type FilterText struct {
	Filter string `json:"filter"`
}

// Checked says whether a filter is valid.
type Checked struct {
	Mistake string `json:"mistake,omitempty"`
	Column  int    `json:"column,omitzero"` // of the mistake, in characters from 1
	// Meant is the filter that the text was most likely meant to be, or "".
	Meant string `json:"meant,omitempty"`
}

// checkFilter looks for a mistake in a filter, and for the form that was meant.
func (p *panel) checkFilter(_ context.Context, in FilterText) (Checked, error) {
	_, err := parse(in.Filter)
	var e *wire.Error
	if errors.As(err, &e) {
		return Checked{e.Message, e.Column, filter.Suggest(in.Filter)}, nil
	}
	return Checked{Meant: filter.Suggest(in.Filter)}, err
}
