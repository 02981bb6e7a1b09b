package page

import "strings"

// maxRepeats bounds the bytes of texts that a page repeats. A response, header or parameter of the
// components stands at each operation that refers to it, and may have a long text.
const maxRepeats = 8 << 20

// shortened is the length in bytes of repeated texts beyond maxRepeats.
const shortened = 200

// repeats counts the texts that stand in several places of a page.
type repeats struct {
	seen map[string]bool
	room int // of maxRepeats
}

// shorten cuts the texts of operations that were there before, when they are too long together.
func (r *repeats) shorten(groups []group) {
	for _, g := range groups {
		for i := range g.Operations {
			o := &g.Operations[i]
			r.text(&o.Summary)
			r.text(&o.Description)
			r.params(o.Params)
			if o.Request != nil {
				r.text(&o.Request.Description)
				r.content(o.Request.Content)
			}
			for k := range o.Responses {
				r.text(&o.Responses[k].Description)
				r.content(o.Responses[k].Content)
				r.params(o.Responses[k].Headers)
			}
		}
	}
}

func (r *repeats) params(all []param) {
	for i := range all {
		r.text(&all[i].Description)
		r.kind(&all[i].Type)
	}
}

func (r *repeats) content(all []media) {
	for _, m := range all {
		if m.Schema == nil {
			continue
		}
		r.text(&m.Schema.Description)
		r.kind(&m.Schema.Kind)
		for i := range m.Schema.Rows {
			r.text(&m.Schema.Rows[i].Description)
			r.kind(&m.Schema.Rows[i].Type)
		}
	}
}

func (r *repeats) kind(k *kind) {
	for i := range k.Notes {
		r.text(&k.Notes[i])
	}
}

func (r *repeats) text(s *string) {
	if len(*s) <= shortened {
		return
	}
	if !r.seen[*s] {
		r.seen[*s] = true
		return
	}
	if r.room -= len(*s); r.room < 0 {
		*s = strings.ToValidUTF8((*s)[:shortened], "") + "…"
	}
}
