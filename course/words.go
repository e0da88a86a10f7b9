package course

import (
	"fmt"
	"strings"
)

// words are what the renderer itself says.
var words = map[string]map[string]string{
	"en": {
		"note": "Note", "tip": "Tip", "careful": "Careful", "history": "History", "lab": "Lab", "open-lab": "Open the lab",
		"anchor": "Link to this section", "table": "Table", "broken": "This page has a mistake, so it is not shown",
		"broken-hint": "Save the file when it is mended; the page comes back by itself.",

		"quiz-single": "Question: one answer", "quiz-multiple": "Question: every right answer", "quiz-numeric": "Question: a number",
		"quiz-number": "Your answer", "quiz-answer": "Answer", "quiz-hint": "Hint",
		"quiz-right": "Right.", "quiz-wrong": "Not right.", "quiz-missed": "Right, but not chosen.", "quiz-spared": "Rightly left out.",
		"quiz-is-right": "Right.", "quiz-is-near": "Right: {value}.", "quiz-is-wrong": "Not right. Read why, then answer again.",
		"quiz-is-partly": "{points} of {of} {points of}. Right choices: {found}, wrong ones: {astray}.",
		"quiz-rule":      "A right choice earns a point, a wrong one costs one.",
		"quiz-is-more":   "No, it is more than {number}.", "quiz-is-less": "No, it is less than {number}.",
		"quiz-reveal": "What is right is shown above.", "quiz-reveal-number": "The answer is {value}.",
		"quiz-changed": "This question has changed since you answered it. Please answer again.",
		"quiz-offline": "The server did not answer. Your answer is still here: send it again.",

		"predict-single": "Prediction: one answer", "predict-multiple": "Prediction: everything that happens", "predict-moment": "Prediction: mark the moment",
		"predict-answer": "Predict, then see", "predict-again": "Predict again", "predict-mine": "You said", "predict-happens": "It happens", "predict-right": "You said so, and so it is.", "predict-wrong": "You said so, but no.",
		"predict-missed": "This is what happens.", "predict-spared": "Rightly left out.",
		"predict-is-right": "You saw it coming.", "predict-is-wrong": "It goes another way. Watch it, then read why.",
		"predict-is-partly": "Partly: {points} of {of} {points of}. Watch it, then read why.",

		"chart-single": "Read the chart: one answer", "chart-multiple": "Read the chart: everything that is so", "chart-moment": "Read the chart: mark the moment",
		"chart-answer": "Answer, then see", "chart-again": "Answer again", "chart-missed": "This is right.",
		"chart-is-right": "You have read it right.", "chart-is-wrong": "It was something else. See what happened, then read why.",
		"chart-is-partly": "Partly: {points} of {of} {points of}. See what happened, then read why.",
		"lag-title":       "Lag of the group “{group}”, in records, over minutes and seconds",
		"lag-row":         "{name}: from {first} to {last}, at most {most}.", "lag-unknown": "{name}: unknown in the end, nothing is committed.",
		"lag-waiting": "Orders not charged yet", "lag-nobody": "nobody", "lag-owner": "whose partition it is", "lag-rebalance": "rebalance", "lag-asked": "the question was asked here",
		"lag-moment": "Moment", "lag-at": "At", "lag-partition": "Partition", "lag-start": "Log start", "lag-committed": "Committed", "lag-end": "Log end", "lag-lag": "Lag", "lag-member": "Member",
		"lag-numbers": "The chart in numbers", "lag-time": "Time",

		"play-offline": "The scene did not come from the server. Press again, or read it in words below.",
		"play-nothing": "Nothing happens.", "play-undo": "Undo", "play-over": "Start over", "play-words": "In words",
		"play-more": "Then {n} more events.", "play-place": "In the end", "play-first": "As it opens", "play-ready": "Ready", "play-flight": "In flight", "play-done": "Done",
		"console": "Terminal", "console-run": "Run", "console-open": "Open a terminal", "console-own": "A broker of your own, to try these and anything else.",
		"place-queue": "queue", "place-consumer": "consumer", "place-service": "service",
		"place-node": "node", "place-partition": "partition", "place-group": "consumer group", "place-transaction": "transaction",
	},
	"ru": {
		"note": "Примечание", "tip": "Совет", "careful": "Осторожно", "history": "История", "lab": "Лабораторная", "open-lab": "Открыть лабораторную",
		"anchor": "Ссылка на этот раздел", "table": "Таблица", "broken": "На странице ошибка, поэтому она не показана",
		"broken-hint": "Исправьте файл и сохраните его: страница вернётся сама.",

		"quiz-single": "Вопрос: один ответ", "quiz-multiple": "Вопрос: все верные ответы", "quiz-numeric": "Вопрос: число",
		"quiz-number": "Ваш ответ", "quiz-answer": "Ответить", "quiz-hint": "Подсказка",
		"quiz-right": "Верно.", "quiz-wrong": "Неверно.", "quiz-missed": "Верно, но не выбрано.", "quiz-spared": "Правильно, что не выбрано.",
		"quiz-is-right": "Верно.", "quiz-is-near": "Верно: {value}.", "quiz-is-wrong": "Неверно. Прочтите почему и ответьте ещё раз.",
		"quiz-is-partly": "{points} из {of} {points of}. Верно выбрано: {found}, ошибочно: {astray}.",
		"quiz-rule":      "Верный выбор приносит балл, ошибочный отнимает.",
		"quiz-is-more":   "Нет, верное число больше {number}.", "quiz-is-less": "Нет, верное число меньше {number}.",
		"quiz-reveal": "Верный ответ отмечен выше.", "quiz-reveal-number": "Верный ответ: {value}.",
		"quiz-changed": "Вопрос изменился с тех пор, как вы на него ответили. Ответьте, пожалуйста, ещё раз.",
		"quiz-offline": "Сервер не ответил. Ваш ответ не пропал: отправьте его ещё раз.",

		"predict-single": "Прогноз: один ответ", "predict-multiple": "Прогноз: всё, что произойдёт", "predict-moment": "Прогноз: отметьте момент",
		"predict-answer": "Проверить прогноз", "predict-again": "Сделать прогноз заново", "predict-mine": "Ваш прогноз", "predict-happens": "Что происходит", "predict-right": "Вы так ответили, и это верно.", "predict-wrong": "Вы так ответили, но это не так.",
		"predict-missed": "Вот что происходит.", "predict-spared": "Правильно, что не выбрано.",
		"predict-is-right": "Вы всё предвидели.", "predict-is-wrong": "Выходит иначе. Посмотрите, а потом прочтите почему.",
		"predict-is-partly": "Отчасти: {points} из {of} {points of}. Посмотрите, а потом прочтите почему.",

		"chart-single": "Прочтите график: один ответ", "chart-multiple": "Прочтите график: всё, что верно", "chart-moment": "Прочтите график: отметьте момент",
		"chart-answer": "Проверить ответ", "chart-again": "Ответить заново", "chart-missed": "Верно вот это.",
		"chart-is-right": "Вы прочли верно.", "chart-is-wrong": "Дело было в другом. Посмотрите, что случилось, и прочтите почему.",
		"chart-is-partly": "Отчасти: {points} из {of} {points of}. Посмотрите, что случилось, и прочтите почему.",
		"lag-title":       "Отставание группы «{group}» в записях; время в минутах и секундах",
		"lag-row":         "{name}: вначале {first}, в конце {last}, самое большее {most}.", "lag-unknown": "{name}: в конце неизвестно, ничего не зафиксировано.",
		"lag-waiting": "Ещё не списанные заказы", "lag-nobody": "никто", "lag-owner": "чья партиция", "lag-rebalance": "ребалансировка", "lag-asked": "здесь был задан вопрос",
		"lag-moment": "Момент", "lag-at": "Момент", "lag-partition": "Партиция", "lag-start": "Начало", "lag-committed": "Зафикси\u00adровано", "lag-end": "Конец", "lag-lag": "Отста\u00adвание", "lag-member": "Участник",
		"lag-numbers": "График в числах", "lag-time": "Время",

		"play-offline": "Сервер не прислал сцену. Нажмите ещё раз или прочтите её словами ниже.",
		"play-nothing": "Ничего не происходит.", "play-undo": "Шаг назад", "play-over": "Начать сначала", "play-words": "Словами",
		"play-more": "И ещё событий: {n}.", "play-place": "В конце", "play-first": "В начале", "play-ready": "Готово к выдаче", "play-flight": "В пути", "play-done": "Обработано",
		"console": "Терминал", "console-run": "Выполнить", "console-open": "Открыть терминал", "console-own": "Свой брокер: пробуйте эти команды и любые другие.",
		"place-queue": "очередь", "place-consumer": "потребитель", "place-service": "сервис",
		"place-node": "узел", "place-partition": "партиция", "place-group": "группа консьюмеров", "place-transaction": "транзакция",
	},
}

// say is a word in a language, in English where it has no word of its own.
func say(lang, key string) string {
	if s, ok := words[lang][key]; ok {
		return s
	}
	return words["en"][key]
}

// countForms are the forms of a noun: English one and many, Russian one, few and many.
var countForms = map[string]map[string][]string{
	"en": {"minutes": {"minute", "minutes"}, "points": {"point", "points"}},
	"ru": {"minutes": {"минута", "минуты", "минут"}, "points": {"балл", "балла", "баллов"}},
}

// count is a number with its noun in the right form.
func count(lang string, n int, noun string) string {
	if lang != "ru" {
		forms := countForms["en"][noun]
		if n == 1 {
			return "1 " + forms[0]
		}
		return fmt.Sprintf("%d %s", n, forms[1])
	}
	forms := countForms["ru"][noun]
	form := forms[2]
	switch {
	case n%100 >= 11 && n%100 <= 14:
	case n%10 == 1:
		form = forms[0]
	case n%10 >= 2 && n%10 <= 4:
		form = forms[1]
	}
	return strings.ReplaceAll(fmt.Sprintf("%d %s", n, form), " ", "\u00a0")
}
