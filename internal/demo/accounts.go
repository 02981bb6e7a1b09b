package demo

import (
	"net/http"
	"strconv"
	"strings"
)

func (a *API) me(r *http.Request) (reply, error) { return ok(caller(r)) }

// patchMe applies a merge patch (RFC 7396) to the caller's account.
func (a *API) patchMe(r *http.Request) (reply, error) {
	var p struct {
		FullName   *string  `json:"full_name"`
		Phone      *string  `json:"phone"`
		Newsletter *bool    `json:"newsletter"`
		Address    *address `json:"address"`
	}
	if err := decode(r, &p); err != nil {
		return reply{}, err
	}
	if p.FullName != nil && strings.TrimSpace(*p.FullName) == "" {
		return reply{}, invalid("full_name", "must not be empty")
	}
	if p.Phone != nil && !strings.HasPrefix(*p.Phone, "+") {
		return reply{}, invalid("phone", "must start with + and the country code")
	}
	who := caller(r)
	a.state.touch()
	if p.FullName != nil {
		who.FullName = *p.FullName
	}
	if p.Phone != nil {
		who.Phone = p.Phone
	}
	if p.Newsletter != nil {
		who.Newsletter = *p.Newsletter
	}
	if p.Address != nil {
		who.Address = p.Address
	}
	return ok(who)
}

// account returns the whole account to its owner, and the public fields to others.
func (a *API) account(r *http.Request) (reply, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return reply{}, fail(http.StatusBadRequest, "bad_id", "an account's id is a number")
	}
	for _, who := range a.state.accounts {
		if who.ID == id {
			public := *who
			if who != caller(r) {
				public.Phone, public.Address = nil, nil
			}
			return ok(public)
		}
	}
	return reply{}, notFound("account", id)
}
