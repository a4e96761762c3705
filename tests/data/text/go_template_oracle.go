// Renders Go templates with Ollama's own packages: put it into cmd/oracle/ of an Ollama source tree and
// `go build ./cmd/oracle`. Called by make_go_template_goldens.py.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/template"
)

type Case struct {
	Template, Context string
	Output            *string `json:"output,omitempty"`
	Error             *string `json:"error,omitempty"`
}
type Ctx struct {
	Messages   []api.Message `json:"messages"`
	Tools      api.Tools     `json:"tools"`
	Think      *bool         `json:"think"`
	ThinkLevel string        `json:"think_level"`
	Suffix     string        `json:"suffix"`
}

func main() {
	var in struct {
		Templates map[string]string
		Contexts  map[string]Ctx
		Pairs     [][2]string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	out := []map[string]any{}
	for _, p := range in.Pairs {
		func() {
			r := map[string]any{"template": p[0], "context": p[1]}
			defer func() {
				if e := recover(); e != nil {
					r["error"] = "panic: " + fmt.Sprint(e)
				}
				out = append(out, r)
			}()
			t, err := template.Parse(in.Templates[p[0]])
			if err != nil {
				r["error"] = err.Error()
				return
			}
			raw, _ := json.Marshal(in.Contexts[p[1]])
			var c Ctx
			json.Unmarshal(raw, &c)
			v := template.Values{Messages: c.Messages, Tools: c.Tools, ThinkLevel: c.ThinkLevel, IsThinkSet: c.Think != nil}
			if c.Think != nil {
				v.Think = *c.Think
			}
			if c.Suffix != "" {
				v.Suffix = c.Suffix
				v.Prompt = c.Messages[len(c.Messages)-1].Content
			}
			var b bytes.Buffer
			if err := t.Execute(&b, v); err != nil {
				r["error"] = err.Error()
				return
			}
			r["output"] = b.String()
		}()
	}
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	e.Encode(out)
}
