package audit

import (
	"cmp"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Signing configures the signing of a log.
type Signing struct {
	Key ed25519.PrivateKey
	// Sinks receive a copy of each checkpoint, so that write access to the log does not suffice to
	// cut off its end unnoticed.
	Sinks []Sink
	// Failed is called, from any goroutine, with the error of a sink that did not accept a
	// checkpoint. Required with sinks. The log continues: the next checkpoint covers the same
	// records and more.
	Failed func(error)
	// Every and Interval bound the records and the time between checkpoints. Zero means
	// [DefaultEvery] and [DefaultInterval].
	Every    int
	Interval time.Duration
}

// The defaults of [Signing]. No checkpoint is made while no record is written.
const (
	DefaultEvery    = 1000
	DefaultInterval = 10 * time.Second
)

// Sink keeps checkpoints outside a log.
type Sink interface {
	// Put keeps a line, which ends in a newline.
	Put(seq uint64, line []byte) error
	Close() error
}

// signer makes the checkpoints of a log. Its fields are guarded by the mutex of the log.
type signer struct {
	Signing
	unsigned int // records since the last checkpoint
	timer    *time.Timer
	waiting  []Checkpoint // not delivered to the sinks yet
	delivery sync.Mutex   // held while checkpoints are delivered
}

// maxUndelivered bounds the checkpoints that wait for sinks.
const maxUndelivered = 100

// Sign starts signing the log: the records found in it at once, later ones at intervals, at each
// rotation and when the log is closed. The sinks are closed with the log.
func (l *Log) Sign(s Signing) error {
	s.Every, s.Interval = cmp.Or(max(s.Every, 0), DefaultEvery), cmp.Or(max(s.Interval, 0), DefaultInterval)
	l.mu.Lock()
	l.signer = &signer{Signing: s}
	l.signer.timer = time.AfterFunc(time.Hour, l.signNow)
	l.signer.timer.Stop()
	var err error
	if l.seq > 0 {
		err = l.checkpoint(ReasonStart)
	}
	l.mu.Unlock()
	if err != nil {
		return err
	}
	return l.deliver()
}

// checkpoint signs the last record and writes the checkpoint to the log. The caller holds l.mu.
func (l *Log) checkpoint(reason string) error {
	c := Checkpoint{Seq: l.seq, Hash: l.hash, Time: time.Now().UTC(), Reason: reason}
	c.sign(l.signer.Key)
	if err := l.write(&Record{Event: EventCheckpoint, Time: c.Time, Checkpoint: &c}); err != nil {
		return err
	}
	l.signer.unsigned = 0
	if l.signer.waiting = append(l.signer.waiting, c); len(l.signer.waiting) > maxUndelivered {
		l.signer.waiting = l.signer.waiting[1:] // later ones say more
	}
	return nil
}

// wrote counts a record that no checkpoint covers. The caller holds l.mu.
func (l *Log) wrote() {
	s := l.signer
	if s == nil {
		return
	}
	switch s.unsigned++; s.unsigned {
	case 1:
		s.timer.Reset(s.Interval)
	case s.Every:
		s.timer.Reset(0)
	}
}

// signNow writes a checkpoint if there are new records, and delivers the pending checkpoints to the
// sinks.
func (l *Log) signNow() {
	l.mu.Lock()
	if l.file == nil || l.err != nil {
		l.mu.Unlock()
		return
	}
	if l.signer.unsigned > 0 {
		if err := l.checkpoint(ReasonInterval); err != nil {
			l.err = err
		}
	}
	file := l.file
	l.mu.Unlock()
	_ = file.Sync() // a sink should not be ahead of the disk; a rotated file is already synced
	if err := l.deliver(); err != nil {
		l.signer.Failed(err)
	}
}

// deliver delivers the pending checkpoints to the sinks.
func (l *Log) deliver() error {
	s := l.signer
	s.delivery.Lock()
	defer s.delivery.Unlock()
	l.mu.Lock()
	waiting := s.waiting
	s.waiting = nil
	l.mu.Unlock()
	var failed error
	for _, sink := range s.Sinks {
		for i := range waiting {
			if err := sink.Put(waiting[i].Seq, waiting[i].line()); err != nil {
				failed = errors.Join(failed, fmt.Errorf("keep a checkpoint of the audit: %w", err))
				break
			}
		}
	}
	return failed
}
