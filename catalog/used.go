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

// MaxUnsaved bounds the records that a command learns credentials from before it begins, which
// takes about half a second. If there are more, it learns from the newest.
const MaxUnsaved = 5000

// Redactor returns a redactor with the key of a store that knows the credentials of its clients. It
// reads the flows whose credentials are not saved (at most the newest most, 0 for all) and saves
// the new ones if the store is writable.
func Redactor(ctx context.Context, st Store, key []byte, c redact.Config, most flow.Seq) (*redact.Redactor, error) {
	c.Used = redact.NewUsed(key, func(after flow.Seq) iter.Seq2[flow.Flow, error] {
		return st.Scan(ctx, store.Query{After: after})
	})
	r := redact.New(key, c)
	data, _, err := st.LoadModel(ctx, usedName)
	if err != nil {
		return nil, fmt.Errorf("load credentials: %w", err)
	}
	_ = c.Used.UnmarshalBinary(data) // absent, or of another version: the flows are read again
	s, err := st.Stat(ctx)
	if err != nil {
		return nil, err
	}
	saved := c.Used.Covered()
	if most > 0 && s.Last > most {
		c.Used.Skip(s.Last - most)
	}
	if err := r.LearnUpTo(s.Last); err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	if s.Last >= saved+minSaveUsed {
		_ = saveUsed(ctx, st, c.Used) // the next reader learns them again
	}
	return r, nil
}

// SavedCredentials returns the saved credentials that the clients of a store with this key used. It
// reads no flows. It returns nil if nothing is saved.
func SavedCredentials(ctx context.Context, st store.Models, key []byte) *redact.Used {
	u := redact.NewUsed(key, nil)
	if data, _, err := st.LoadModel(ctx, usedName); err != nil || u.UnmarshalBinary(data) != nil {
		return nil
	}
	return u
}

// saveUsed saves the credentials of a store, together with those that another process saved
// meanwhile.
func saveUsed(ctx context.Context, st store.Models, u *redact.Used) error {
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
