package course

import "github.com/brokerlab/brokerlab/labs"

// LabsOf tells the course about a set of labs.
func LabsOf(set *labs.Set) Catalogue {
	return func(lang, id string) (LabCard, bool) {
		lab, ok := set.Lab(id)
		if !ok {
			return LabCard{}, false
		}
		return LabCard{
			ID: id, Title: inLanguage(lab.Title, lang), Summary: inLanguage(lab.Summary, lang), Minutes: lab.Minutes, Points: lab.Points,
		}, true
	}
}

// inLanguage is a text in a language, in the default one where it is missing.
func inLanguage(texts map[string]string, lang string) string {
	if s := texts[lang]; s != "" {
		return s
	}
	return texts[Langs[0]]
}
