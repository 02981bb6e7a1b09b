package store

import (
	"encoding/binary"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
)

// origin identifies a session by its number in the store that recorded it.
type origin struct {
	source string
	number uint64
}

// origins returns the sessions of other stores and their numbers here. The writer keeps them until
// sessions are removed or a transaction fails.
func (w *writeTx) origins() map[origin]uint64 {
	if w.db.origins == nil {
		w.db.origins = map[origin]uint64{}
		for _, s := range sessions(w.tx) {
			if s.Source != "" {
				w.db.origins[origin{s.Source, s.Origin}] = s.Number
			}
		}
	}
	return w.db.origins
}

// sessionOf returns the number of the session of a flow from another store. If it is not known, it
// begins with the flow.
func (w *writeTx) sessionOf(source string, f *flow.Flow) (uint64, error) {
	if n, ok := w.origins()[origin{source, f.Session}]; ok {
		return n, nil
	}
	return w.beginOrigin(source, &Session{Number: f.Session, Started: f.Started})
}

// beginOrigin adds a session of another store, where it has the number s.Number.
func (w *writeTx) beginOrigin(source string, s *Session) (uint64, error) {
	b := w.tx.Bucket(rootSessions)
	own := *s
	own.Source, own.Origin = source, s.Number
	number, err := beginSession(w.tx, b, &own)
	if err != nil {
		return 0, err
	}
	if number > maxSessions {
		w.db.origins = nil // the oldest may have been removed
	}
	w.origins()[origin{source, s.Number}] = number
	return number, nil
}

// beginSessions adds the sessions that mark lists. Sessions that began with a flow get their
// command, tags and start from it.
func (w *writeTx) beginSessions(mark *Mark) (changed bool, err error) {
	b := w.tx.Bucket(rootSessions)
	for i := range mark.Sessions {
		from := &mark.Sessions[i]
		number, ok := w.origins()[origin{mark.Source, from.Number}]
		if !ok {
			if from.Number == 0 {
				continue
			}
			if _, err := w.beginOrigin(mark.Source, from); err != nil {
				return false, err
			}
			changed = true
			continue
		}
		s, ok := readSession(key64(number), b.Get(key64(number)))
		if !ok || len(s.Command) > 0 || len(from.Command) == 0 {
			continue
		}
		s.Command, s.Tags, s.Started = from.Command, from.Tags, from.Started
		if err := putSession(b, &s); err != nil {
			return false, err
		}
		changed = true
	}
	return changed, nil
}

// endSessions records the end of the sessions that mark lists as ended, once all their flows are
// applied.
func (w *writeTx) endSessions(mark *Mark) (changed bool, err error) {
	b := w.tx.Bucket(rootSessions)
	for i := range mark.Sessions {
		from := &mark.Sessions[i]
		if from.Ended.IsZero() || uint64(from.Until) > mark.Last {
			continue
		}
		number := w.origins()[origin{mark.Source, from.Number}]
		s, ok := readSession(key64(number), b.Get(key64(number)))
		if !ok || !s.Ended.IsZero() {
			continue
		}
		s.Ended, s.Status, s.Until = from.Ended.UTC(), from.Status, lastSeq(w.tx)
		if err := putSession(b, &s); err != nil {
			return false, err
		}
		changed = true
	}
	return changed, nil
}

// beginSession adds a session under the next number, which it returns. If there are too many, the
// oldest are removed.
func beginSession(tx *bolt.Tx, b *bolt.Bucket, s *Session) (number uint64, err error) {
	if number, err = b.NextSequence(); err != nil {
		return 0, err
	}
	s.Number, s.After, s.Until, s.Ended, s.Status = number, lastSeq(tx), 0, time.Time{}, 0
	if number > maxSessions {
		c := b.Cursor()
		for k, _ := c.First(); k != nil && binary.BigEndian.Uint64(k) <= number-maxSessions; k, _ = c.First() {
			if err := b.Delete(k); err != nil {
				return 0, err
			}
		}
	}
	return number, putSession(b, s)
}
