package demo

import (
	"net/http"
)

// The pages of the site that do not belong to the API.

const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48"><path d="M8 16h32l-4 24H12z" fill="#3a6"/></svg>`

func (a *API) logo(*http.Request) (reply, error) {
	return reply{status: http.StatusOK, data: []byte(logo), kind: "image/svg+xml", header: map[string]string{"Cache-Control": "max-age=86400"}}, nil
}

// shortLink redirects from a product's number, as printed on labels, to its page.
func (a *API) shortLink(r *http.Request) (reply, error) {
	for _, p := range a.state.products {
		if r.PathValue("number") == short("label", p.ID)[:6] {
			return reply{status: http.StatusFound, header: map[string]string{"Location": "/api/v1/products/" + p.Slug}}, nil
		}
	}
	return reply{}, notFound("label", r.PathValue("number"))
}

// preflight answers CORS preflight requests of browsers.
func (a *API) preflight(*http.Request) (reply, error) {
	return reply{status: http.StatusNoContent, header: map[string]string{
		"Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
		"Access-Control-Allow-Headers": "Authorization, Content-Type, X-Api-Key, If-Match",
		"Access-Control-Max-Age":       "600",
	}}, nil
}

func (a *API) nothing(r *http.Request) (reply, error) {
	return reply{}, notFound("page", r.URL.Path)
}
