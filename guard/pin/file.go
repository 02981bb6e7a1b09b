package pin

import (
	"errors"
	"fmt"
	"time"

	"github.com/spectap/spectap/guard/book"
	"github.com/spectap/spectap/internal/safefile"
)

// maxFile bounds the file of a book, in bytes.
const maxFile = 64 << 20

// The version of the format.
const format = 1

// content is the content of a book and the format of its file.
type content struct {
	Version int               `json:"version"`
	Servers map[string]*shelf `json:"servers"`
	// History has the changes of definitions, for audits.
	History book.History `json:"history,omitempty"`
}

func newContent() *content { return &content{Version: format, Servers: map[string]*shelf{}} }

// OpenBook returns the book that a file keeps. The file is created when something is pinned, with
// mode 0600. The book follows changes that other processes make.
func OpenBook(path string) (*Book, error) {
	b := NewBook()
	b.file.File.Path = path
	return b, b.file.Look(func(*content) {})
}

// NewBook returns an empty book in memory.
func NewBook() *Book {
	return &Book{now: time.Now, file: book.Book[content]{What: "pins", File: safefile.Shared[content]{
		Max: maxFile, New: newContent, Check: (*content).check,
	}}}
}

// change runs f on the newest state and keeps the result.
func (b *Book) change(f func(*content) error) error {
	err := b.file.Change(f)
	if err != nil && b.file.File.Path != "" {
		return fmt.Errorf("change the pins: %w", err)
	}
	return err
}

// check returns an error unless the pins are sorted and each hash is that of its definition.
// Decisions use the hashes alone, so an edited file must not pair a hash with a definition that
// nobody saw.
func (c *content) check() error {
	if c.Version != format || c.Servers == nil {
		return fmt.Errorf("it is not a file of pins in version %d of the format", format)
	}
	for server, s := range c.Servers {
		if err := s.check(); err != nil {
			return fmt.Errorf("the server %q: %w", server, err)
		}
	}
	return nil
}

func (s *shelf) check() error {
	if s == nil {
		return errors.New("it has no pins")
	}
	if s.Listed == nil {
		s.Listed = map[Kind]time.Time{}
	}
	for i, p := range s.Pins {
		if p == nil || p.Pinned == nil && p.Waiting == nil {
			return errors.New("a pin has no definition")
		}
		if n, found := s.find(p.Kind, p.Name); !found || n != i {
			return fmt.Errorf("the pin of the %s %q stands twice or in the wrong place", p.Kind, p.Name)
		}
		for _, v := range []*Version{p.Pinned, p.Waiting} {
			if v == nil {
				continue
			}
			text, err := canonical(v.Definition)
			if err != nil || hash(text) != v.Hash {
				return fmt.Errorf("the definition of the %s %q does not have the hash that stands beside it", p.Kind, p.Name)
			}
			v.Definition = text
		}
	}
	return nil
}
