package traffic

import (
	"context"
	"errors"

	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/page/wire"
)

// Language describes the elements of the filter language, for completion.
type Language struct {
	Fields []filter.Field `json:"fields"`
}

func (p *panel) language(context.Context, wire.None) (Language, error) {
	return Language{filter.Fields()}, nil
}

// FilterText is a filter as a person writes it.
type FilterText struct {
	Filter string `json:"filter"`
}

// Checked is the result of checking a filter.
type Checked struct {
	Mistake string `json:"mistake,omitempty"`
	Column  int    `json:"column,omitzero"` // of the mistake, in characters from 1
	// Meant is the valid filter that is most similar to the text, or "".
	Meant string `json:"meant,omitempty"`
}

// checkFilter finds a mistake in a filter, and suggests a correction.
func (p *panel) checkFilter(_ context.Context, in FilterText) (Checked, error) {
	_, err := parse(in.Filter)
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return Checked{e.Message, e.Column, filter.Suggest(in.Filter)}, nil
	}
	return Checked{Meant: filter.Suggest(in.Filter)}, err
}
