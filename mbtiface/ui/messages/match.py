"""Texts of the match tab: one type and how the sixteen rank for it."""

KO = {
    "match_intro": "내 유형을 고르면 잘 어울리는 유형을 차례로 보여 드려요.",
    "match_code": "내 유형",
    "match_gender": "보여 줄 얼굴",
    "match_female": "여성",
    "match_male": "남성",
    "match_empty": "아직 고른 유형이 없어요. 위에서 내 유형을 골라 주세요.",
    "match_podium": "{code}와 잘 어울리는 세 유형",
    "match_rest": "나머지 순서",
    "match_rank": "{rank}위",
    "match_alt_female": "생성된 얼굴, {code} 인상으로 평가된 여성들의 평균",
    "match_alt_male": "생성된 얼굴, {code} 인상으로 평가된 남성들의 평균",
    "match_problem": "그리지 못한 얼굴이 있어요.",
}

EN = {
    "match_intro": "Choose your type to see which types go well with it.",
    "match_code": "Your type",
    "match_gender": "Faces shown",
    "match_female": "Women",
    "match_male": "Men",
    "match_empty": "No type chosen yet. Pick yours above.",
    "match_podium": "Three that go well with {code}",
    "match_rest": "The others, in order",
    "match_rank": "No. {rank}",
    "match_alt_female": "Generated face, average of the women rated {code}",
    "match_alt_male": "Generated face, average of the men rated {code}",
    "match_problem": "Some faces could not be drawn.",
}
