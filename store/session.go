package store

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// Session is one run of a command whose traffic was recorded. Its flows have its number.
//
// Flows carry the number because ranges of records would mix runs that record at the same time.
type Session struct {
	Number uint64 `json:"number"` // from 1, in the order in which sessions began
	// Command is the command with its arguments, as a person typed it: it may hold secrets.
	Command []string `json:"command"`
	// Tags are the tags of all its flows.
	Tags    []string  `json:"tags,omitempty"`
	Started time.Time `json:"started"`
	// Ended is zero while the session runs, and for good if the recorder was killed.
	Ended time.Time `json:"ended,omitzero"`
	// Status is the exit status of the command once it has ended.
	Status int `json:"status"`
	// After is the newest record when the session began, Until the newest when it ended. Records of
	// others may be in between.
	After flow.Seq `json:"after"`
	Until flow.Seq `json:"until,omitempty"`
	// Source is the store that recorded the session, "" for this one, and Origin its number there.
	Source string `json:"source,omitempty"`
	Origin uint64 `json:"origin,omitempty"`
}

// Query returns the query for the flows of the session.
func (s *Session) Query() Query { return Query{After: s.After, Until: s.Until, Session: s.Number} }

// SessionKeeper keeps the sessions of flows.
type SessionKeeper interface {
	// BeginSession adds a session and returns its number. It ignores Number, After, the source and
	// the fields about the end.
	BeginSession(ctx context.Context, s Session) (uint64, error)
	// EndSession records the end of a session, after the last of its flows. The error is
	// ErrNoSession for an unknown number.
	EndSession(ctx context.Context, number uint64, ended time.Time, status int) error
	// DeleteSession removes a session, and leaves its flows. The error is ErrNoSession for an
	// unknown number. Ended sessions are also removed once all flows up to their end are.
	DeleteSession(ctx context.Context, number uint64) error
}

// maxSessions bounds the number of sessions. Beyond it the oldest are removed; their flows stay.
const maxSessions = 4096

// BeginSession implements [SessionKeeper].
func (db *DB) BeginSession(ctx context.Context, s Session) (number uint64, err error) {
	err = db.changeSessions(ctx, "begin a session in", func(tx *bolt.Tx, b *bolt.Bucket) (err error) {
		s.Source, s.Origin = "", 0
		number, err = beginSession(tx, b, &s)
		return err
	})
	return number, err
}

// EndSession implements [SessionKeeper].
func (db *DB) EndSession(ctx context.Context, number uint64, ended time.Time, status int) error {
	return db.changeSessions(ctx, "end a session in", func(tx *bolt.Tx, b *bolt.Bucket) error {
		k := key64(number)
		s, ok := readSession(k, b.Get(k))
		if !ok {
			return ErrNoSession
		}
		s.Ended, s.Status, s.Until = ended.UTC(), status, lastSeq(tx)
		return putSession(b, &s)
	})
}

// DeleteSession implements [SessionKeeper].
func (db *DB) DeleteSession(ctx context.Context, number uint64) error {
	return db.changeSessions(ctx, "delete a session from", func(_ *bolt.Tx, b *bolt.Bucket) error {
		k := key64(number)
		if b.Get(k) == nil {
			return ErrNoSession
		}
		return b.Delete(k)
	})
}

func (db *DB) changeSessions(ctx context.Context, doing string, change func(*bolt.Tx, *bolt.Bucket) error) error {
	if db.readOnly {
		return db.wrap(doing, ErrReadOnly)
	}
	// The job has no weight, so a full store accepts it.
	err := db.submit(ctx, &job{do: func(w *writeTx) error {
		db.origins = nil
		return change(w.tx, w.tx.Bucket(rootSessions))
	}})
	if err != nil {
		return db.wrap(doing, err)
	}
	return nil
}

// Sessions implements [Reader].
func (db *DB) Sessions(context.Context) (list []Session, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		list = sessions(tx)
		return nil
	})
	if err != nil {
		return nil, db.wrap("read", err)
	}
	return list, nil
}

func putSession(b *bolt.Bucket, s *Session) error {
	s.Started = s.Started.UTC()
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return b.Put(key64(s.Number), data)
}

func readSession(k, v []byte) (s Session, ok bool) {
	ok = len(k) == 8 && json.Unmarshal(v, &s) == nil && s.Number == binary.BigEndian.Uint64(k)
	return s, ok
}

// sessions returns the sessions, oldest first. It skips entries that cannot be read.
func sessions(tx *bolt.Tx) (list []Session) {
	c := tx.Bucket(rootSessions).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if s, ok := readSession(k, v); ok {
			list = append(list, s)
		}
	}
	return list
}

// keepUntold is how long an ended session stays in a spool without flows, so that its end can be
// sent.
const keepUntold = 24 * time.Hour

// forgetSessions drops the ended sessions before the first flow, unless they ended less than keep
// ago. Their commands may hold secrets. Without keep, the time of their end does not matter: it is
// that of another clock.
func (w *writeTx) forgetSessions(keep time.Duration) error {
	first, err := firstSeq(w.tx)
	if err != nil {
		return err
	}
	w.db.origins = nil
	b := w.tx.Bucket(rootSessions)
	for _, s := range sessions(w.tx) {
		isRecent := keep > 0 && w.now-s.Ended.Unix() < int64(keep/time.Second)
		if isRecent {
			w.db.tidy.Store(false)
		}
		if s.Ended.IsZero() || isRecent || first != 0 && s.Until >= first {
			continue
		}
		if err := b.Delete(key64(s.Number)); err != nil {
			return err
		}
	}
	return nil
}

// sessions checks the entries of sessions.
func (v *verifier) sessions() {
	for k, val := range chunksOf(v.tx.Bucket(rootSessions)) {
		if s, ok := readSession(k, val); !ok || max(s.After, s.Until) > lastSeq(v.tx) {
			v.problem("sessions: a malformed entry")
		}
	}
}

// dropSessions drops sessions that cannot be read.
func (r *repairer) dropSessions() error {
	b := r.tx.Bucket(rootSessions)
	return dropEntries(b, func(k, v []byte) bool {
		s, ok := readSession(k, v)
		return ok && max(s.After, s.Until) <= lastSeq(r.tx)
	})
}
