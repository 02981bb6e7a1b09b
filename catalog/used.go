package catalog

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/store"
)

const (
	// usedName is the key of what the clients of a store used as credentials.
	usedName = "credentials"
	// minSaveUsed is the number of records from which on what they add is saved.
	minSaveUsed = 200
)

// Redactor returns a redactor with the key of a store that knows the credentials of its clients. It
// learns those that are not saved when it first needs them, and saves them. If the store is open
// for reading only, unsaved gets them instead.
func Redactor(ctx context.Context, st Store, key []byte, c redact.Config, unsaved func(*redact.Used)) (*redact.Redactor, error) {
	data, _, err := st.LoadModel(ctx, usedName)
	if err != nil {
		return nil, fmt.Errorf("load credentials: %w", err)
	}
	s, err := st.Stat(ctx)
	if err != nil {
		return nil, err
	}
	saved := flow.Seq(0)
	c.Used = redact.NewUsed(key, func(after flow.Seq) iter.Seq2[flow.Flow, error] {
		return st.Scan(ctx, store.Query{After: after})
	}, func() flow.Seq {
		s, _ := st.Stat(ctx) // after an error, it asks again later
		return s.Last
	}, func() {
		covered := c.Used.Covered()
		if covered < saved+minSaveUsed { // the next reader learns them again
			return
		}
		switch err := SaveCredentials(ctx, st, c.Used); {
		case errors.Is(err, store.ErrReadOnly):
			unsaved(c.Used)
		case err == nil:
			saved = covered
		}
	})
	_ = c.Used.UnmarshalBinary(data) // absent, or of another version: the flows are read again
	saved = c.Used.Covered()
	c.Used.Await(s.Last)
	return redact.New(key, c), nil
}

// SaveCredentials saves the credentials of a store, together with those that another process saved
// meanwhile.
func SaveCredentials(ctx context.Context, st store.Models, u *redact.Used) error {
	for {
		data, basis, err := st.LoadModel(ctx, usedName)
		if err != nil {
			return err
		}
		_ = u.UnmarshalBinary(data) // of another version: it is replaced
		if data, err = u.AppendBinary(nil); err != nil {
			return err
		}
		basis.Covers = nil // deleted flows may have been copied elsewhere: what they used stays secret
		if err = st.SaveModel(ctx, usedName, data, basis); !errors.Is(err, store.ErrOutdated) {
			return err
		}
	}
}
