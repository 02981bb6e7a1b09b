package demo

import "net/http"

type review struct {
	ID        int64   `json:"id"`
	Author    string  `json:"author"`
	Rating    int     `json:"rating"`
	Title     string  `json:"title"`
	Body      *string `json:"body"`
	Verified  bool    `json:"verified"`
	CreatedAt string  `json:"created_at"`
	slug      string
}

func (a *API) reviews(r *http.Request, p *product) (reply, error) {
	list := []review{}
	for _, v := range a.state.reviews {
		if v.slug == p.Slug {
			list = append(list, *v)
		}
	}
	return paged(r, list)
}

func (a *API) createReview(r *http.Request, p *product) (reply, error) {
	var in struct {
		Rating int     `json:"rating"`
		Title  string  `json:"title"`
		Body   *string `json:"body"`
	}
	if err := decode(r, &in); err != nil {
		return reply{}, err
	}
	if in.Rating < 1 || in.Rating > 5 {
		return reply{}, invalid("rating", "must be from 1 to 5")
	}
	if in.Title == "" {
		return reply{}, invalid("title", "must not be empty")
	}
	who := caller(r)
	for _, v := range a.state.reviews {
		if v.slug == p.Slug && v.Author == who.Username {
			return reply{}, fail(http.StatusConflict, "already_reviewed", "you have reviewed %s", p.Slug)
		}
	}
	v := &review{
		ID: 9000 + a.state.next("review"), Author: who.Username, Rating: in.Rating, Title: in.Title, Body: in.Body,
		Verified: who.Tier != "standard", CreatedAt: a.state.touch(), slug: p.Slug,
	}
	a.state.reviews = append(a.state.reviews, v)
	return created("/api/v1/products/"+p.Slug+"/reviews", v)
}
